// Sums of the squares of gradients, found by the kernels that wrote them and kept for edl::total_norm, which else reads all of them again.
#pragma once
#include <ATen/core/Tensor.h>

#include "optional.h"

namespace edl {

// Notes the sum of a whole dense tensor, which was just written and which nobody else has seen.
void keep_squares(const at::Tensor& gradient, double sum);

// What was noted of the tensor or of another one of the same elements, as long as they are those that were summed: none where the memory was
// freed or exchanged, or where an operator has written into it since.
optional<double> kept_squares(const at::Tensor& gradient);

// To be called where someone is given the elements to write to, of which libtorch knows nothing.
void forget_squares(const at::Tensor& tensor);

}  // namespace edl
