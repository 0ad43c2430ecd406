// edl::norm_router: the norm before the experts and the router's logits (kernels/norm_router_args.h), with gradients.
// T tokens, D model, E experts.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/norm_router_args.h"
#include "gradients.h"
#include "packed.h"

namespace {

using at::Tensor;
using torch::autograd::variable_list;

constexpr const char* op = "norm_router";

struct Results {
    Tensor h, logits, inverse_rms;
};

Results forward(const Tensor& x, const Tensor& norm, const Tensor& router, double eps) {
    TORCH_CHECK(x.dim() == 2 && router.dim() == 2, op, ": x and router are matrices");
    const int64_t tokens = x.size(0), dim = x.size(1), experts = router.size(0);
    TORCH_CHECK(dim > 0 && dim % 16 == 0, op, ": the width must be a multiple of 16; ", dim, " came");
    TORCH_CHECK(experts > 0, op, ": at least one expert is needed");
    edl::check_float(x, {tokens, dim}, op, "x");
    edl::check_float(norm, {dim}, op, "norm");
    edl::check_float(router, {experts, dim}, op, "router");
    const Results r{at::empty({tokens, dim}, x.options()), at::empty({tokens, experts}, x.options()), at::empty({tokens}, x.options())};
    const auto packed = at::empty({(experts + 15) / 16 * 16, dim}, x.options());
    edl::kernels().norm_router({tokens, dim, experts, x.data_ptr<float>(), norm.data_ptr<float>(), router.data_ptr<float>(), static_cast<float>(eps),
                                r.h.data_ptr<float>(), r.logits.data_ptr<float>(), r.inverse_rms.data_ptr<float>(), packed.data_ptr(),
                                at::get_num_threads()});
    return r;
}

std::tuple<Tensor, Tensor> norm_router(const Tensor& x, const Tensor& norm, const Tensor& router, double eps) {
    const auto r = forward(x, norm, router, eps);
    return {r.h, r.logits};
}

struct NormRouter : torch::autograd::Function<NormRouter> {
    static variable_list forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& norm, const Tensor& router, double eps) {
        at::AutoDispatchBelowADInplaceOrView below;
        const auto r = ::forward(x, norm, router, eps);
        context->set_materialize_grads(false);
        context->save_for_backward({x, norm, router, r.inverse_rms});
        return {r.h, r.logits};
    }

    static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0], &norm = saved[1], &router = saved[2], &inverse_rms = saved[3];
        const int64_t tokens = x.size(0), dim = x.size(1), experts = router.size(0);
        const auto dh = edl::float_gradient(gradients[0]), dlogits = edl::float_gradient(gradients[1]);

        const auto dx = at::empty({tokens, dim}, x.options()), dnorm = at::empty({dim}, x.options());
        const auto drouter = dlogits.defined() ? at::empty({experts, dim}, x.options()) : Tensor();
        const auto packed = at::empty({experts, dim}, x.options());
        const auto partial = at::empty({(tokens + edl::NormRouterRows - 1) / edl::NormRouterRows, experts + 1, dim}, x.options());
        edl::NormRouterBackwardArgs a{};
        a.tokens = tokens;
        a.dim = dim;
        a.experts = experts;
        a.x = x.data_ptr<float>();
        a.norm = norm.data_ptr<float>();
        a.router = router.data_ptr<float>();
        a.inverse_rms = inverse_rms.data_ptr<float>();
        a.dh = edl::pointer(dh);
        a.dlogits = edl::pointer(dlogits);
        a.dx = dx.data_ptr<float>();
        a.dnorm = dnorm.data_ptr<float>();
        a.drouter = edl::pointer(drouter);
        a.packed_router = packed.data_ptr();
        a.partial = partial.data_ptr<float>();
        a.threads = at::get_num_threads();
        edl::kernels().norm_router_backward(a);
        return {dx, dnorm, drouter, Tensor()};
    }
};

std::tuple<Tensor, Tensor> norm_router_autograd(const Tensor& x, const Tensor& norm, const Tensor& router, double eps) {
    if (!at::GradMode::is_enabled() || !(x.requires_grad() || norm.requires_grad() || router.requires_grad())) {
        at::AutoDispatchBelowADInplaceOrView below;
        return norm_router(x, norm, router, eps);
    }
    const auto r = NormRouter::apply(x, norm, router, eps);
    return {r[0], r[1]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) { library.def("norm_router(Tensor x, Tensor norm, Tensor router, float eps) -> (Tensor h, Tensor logits)"); }

TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("norm_router", norm_router); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("norm_router", norm_router_autograd); }
