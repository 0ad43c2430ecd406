// The one element of a tensor: what losses are made of is read where it lies, past libtorch's dispatcher.
#pragma once
#include <ATen/core/Tensor.h>

namespace edl {

inline at::Scalar number(const at::Tensor& tensor) {
    if (tensor.is_cpu() && tensor.numel() == 1) {
        if (tensor.scalar_type() == at::kFloat) return *tensor.data_ptr<float>();
        if (tensor.scalar_type() == at::kDouble) return *tensor.data_ptr<double>();
    }
    return tensor.item();
}

}  // namespace edl
