// Gradients that come into an operator: autograd gives none where a result was not used, and any layout.
#pragma once
#include <ATen/ATen.h>

namespace edl {

inline at::Tensor float_gradient(const at::Tensor& gradient) {
    if (!gradient.defined()) return gradient;
    return gradient.scalar_type() == at::kFloat ? gradient.contiguous() : gradient.to(at::kFloat).contiguous();
}

// Null where there is none.
inline float* pointer(const at::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

}  // namespace edl
