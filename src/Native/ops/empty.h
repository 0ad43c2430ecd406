// at::empty on the host without libtorch's dispatcher, which costs more than the memory where operators are short.
#pragma once
#include <ATen/EmptyTensor.h>
#include <ATen/core/Tensor.h>

namespace edl {

inline at::Tensor empty(at::IntArrayRef sizes, const at::TensorOptions& options) {
    return at::Tensor(at::detail::empty_cpu(sizes, c10::typeMetaToScalarType(options.dtype())));
}

inline at::Tensor empty_like(const at::Tensor& tensor) { return edl::empty(tensor.sizes(), tensor.options()); }

}  // namespace edl
