// Gradients: what autograd needs beyond operators.
#include <c10/core/GradMode.h>

#include "boundary.h"

extern "C" int edl_tensor_set_requires_grad(edl_tensor tensor, int32_t on) {
    return edl::guarded([&] { edl::borrow(tensor).set_requires_grad(on != 0); });
}

extern "C" int edl_tensor_grad(edl_tensor tensor, edl_tensor* out) {
    *out = nullptr;
    return edl::guarded([&] { *out = edl::hand_out(edl::borrow(tensor).grad()); });
}

extern "C" int edl_tensor_set_grad(edl_tensor tensor, edl_tensor gradient) {
    return edl::guarded([&] { edl::borrow(tensor).mutable_grad() = gradient ? edl::borrow(gradient) : at::Tensor(); });
}

extern "C" int edl_tensor_backward(edl_tensor tensor, edl_tensor gradient, int32_t retain_graph) {
    return edl::guarded([&] {
        edl::borrow(tensor).backward(gradient ? edl::borrow(gradient) : at::Tensor(), retain_graph != 0, false);
    });
}

extern "C" int32_t edl_grad_enabled(void) { return c10::GradMode::is_enabled(); }

extern "C" void edl_set_grad_enabled(int32_t on) { c10::GradMode::set_enabled(on != 0); }
