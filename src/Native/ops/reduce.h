// Sums in a fixed order, whatever the number of threads; for small tensors.
#pragma once
#include <ATen/ATen.h>

#include <algorithm>

#include "empty.h"

namespace edl {

// blocks [N, D] → [D].
inline at::Tensor sum_rows(const at::Tensor& blocks) {
    const int64_t rows = blocks.size(0), width = blocks.size(1);
    auto out = edl::empty({width}, blocks.options());
    const float* from = blocks.data_ptr<float>();
    float* __restrict to = out.data_ptr<float>();
    std::fill_n(to, width, 0.0f);
    for (int64_t row = 0; row < rows; ++row, from += width)
        for (int64_t i = 0; i < width; ++i) to[i] += from[i];
    return out;
}

// Added in double.
inline double sum_of(const float* from, int64_t count) {
    double total = 0;
    for (int64_t i = 0; i < count; ++i) total += from[i];
    return total;
}

// The sum of all elements, added in double, as a scalar.
inline at::Tensor sum_all(const at::Tensor& values) {
    auto out = edl::empty({}, values.options());
    *out.data_ptr<float>() = static_cast<float>(sum_of(values.data_ptr<float>(), values.numel()));
    return out;
}

}  // namespace edl
