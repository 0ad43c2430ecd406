// Tensors that hold packed matrices (kernels/pack.h): [matrices, panels, groups, lanes, elements of a word], in the type that is multiplied in.
#pragma once
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include "../kernels/table.h"
#include "empty.h"

namespace edl {

inline Precision precision_of(const at::Tensor& packed, const char* op) {
    TORCH_CHECK(packed.scalar_type() == at::kBFloat16 || packed.scalar_type() == at::kFloat, op, ": packed weights are BFloat16 or Float32, ",
                packed.scalar_type(), " came");
    return packed.scalar_type() == at::kBFloat16 ? Bf16 : Fp32;
}

// The sizes of `count` matrices packed to be summed over `summed` elements, with `other` columns.
inline std::vector<int64_t> packed_sizes(Precision precision, int64_t count, int64_t summed, int64_t other) {
    const int64_t step = precision == Bf16 ? 2 : 1, lanes = kernels().lanes;
    return {count, (other + lanes - 1) / lanes, (summed + step - 1) / step, lanes, step};
}

inline void check_packed(const at::Tensor& packed, Precision precision, int64_t count, int64_t summed, int64_t other, const char* op,
                         const char* name) {
    TORCH_CHECK(packed.scalar_type() == (precision == Bf16 ? at::kBFloat16 : at::kFloat) && packed.is_contiguous() && packed.is_cpu() &&
                    packed.sizes() == at::IntArrayRef(packed_sizes(precision, count, summed, other)),
                op, ": ", name, " has sizes ", packed.sizes(), ", ", at::IntArrayRef(packed_sizes(precision, count, summed, other)), " are needed");
}

inline void check_float(const at::Tensor& tensor, at::IntArrayRef sizes, const char* op, const char* name) {
    TORCH_CHECK(tensor.scalar_type() == at::kFloat && tensor.is_contiguous() && tensor.is_cpu(), op, ": ", name,
                " must be contiguous Float32 on the host");
    TORCH_CHECK(tensor.sizes() == sizes, op, ": ", name, " has sizes ", tensor.sizes(), ", ", sizes, " are needed");
}

}  // namespace edl
