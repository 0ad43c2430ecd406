// How many tokens of each sequence are no padding.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "optional.h"

namespace edl {

// given: Int64 on the host, each from `least` to `length`; none: all tokens of every sequence.
inline std::vector<int64_t> sequence_lengths(const optional<at::Tensor>& given, int64_t sequences, int64_t length, int64_t least, const char* op) {
    if (!given || !given->defined()) return std::vector<int64_t>(sequences, length);
    TORCH_CHECK(given->is_cpu() && given->is_contiguous() && given->scalar_type() == at::kLong && given->numel() == sequences, op,
                ": lengths are contiguous Int64 on the host, one a sequence");
    const auto* from = given->data_ptr<int64_t>();
    for (int64_t b = 0; b < sequences; ++b) TORCH_CHECK(from[b] >= least && from[b] <= length, op, ": a sequence of ", from[b], " tokens does not fit ", length);
    return std::vector<int64_t>(from, from + sequences);
}

}  // namespace edl
