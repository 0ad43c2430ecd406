// Sums in a fixed order, whatever the number of threads; for small tensors.
#pragma once
#include <ATen/ATen.h>

namespace edl {

// blocks [N, D] → [D].
inline at::Tensor sum_rows(const at::Tensor& blocks) {
    auto out = at::zeros({blocks.size(1)}, blocks.options());
    const float* from = blocks.data_ptr<float>();
    float* to = out.data_ptr<float>();
    for (int64_t row = 0; row < blocks.size(0); ++row)
        for (int64_t i = 0; i < blocks.size(1); ++i) to[i] += from[row * blocks.size(1) + i];
    return out;
}

// Added in double.
inline double sum_of(const float* from, int64_t count) {
    double total = 0;
    for (int64_t i = 0; i < count; ++i) total += from[i];
    return total;
}

// The sum of all elements, added in double, as a scalar.
inline at::Tensor sum_all(const at::Tensor& values) { return at::scalar_tensor(sum_of(values.data_ptr<float>(), values.numel()), values.options()); }

}  // namespace edl
