// edl::router: norm before the experts, router's scores, and from them shares, chosen experts and their weights (kernels/router_args.h), with
// gradients. The stream goes through unchanged, so that its gradient beside the norm is added on the way instead of by autograd.
// T tokens, D model, E experts, K top-k.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/router_args.h"
#include "gradients.h"
#include "optional.h"
#include "packed.h"

namespace {

using at::Tensor;
using torch::autograd::variable_list;
using OptionalTensor = edl::optional<Tensor>;
using Routed = std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>;

constexpr const char* op = "router";

struct Inputs {
    const Tensor &x, &norm, &router;
    const OptionalTensor& bias;
    double eps;
    int64_t top_k;
    bool normalise, sigmoid;

    edl::RouterShape shape() const { return {x.size(0), x.size(1), router.size(0), top_k, sigmoid, normalise, at::get_num_threads()}; }
};

struct Results {
    Tensor h, inverse_rms, logits, probabilities, indices, weights;
};

void check(const Inputs& in) {
    TORCH_CHECK(in.x.dim() == 2 && in.router.dim() == 2, op, ": x and router are matrices");
    const int64_t tokens = in.x.size(0), dim = in.x.size(1), experts = in.router.size(0);
    TORCH_CHECK(dim > 0 && dim % 16 == 0, op, ": the width must be a multiple of 16; ", dim, " came");
    TORCH_CHECK(experts >= 1 && experts <= edl::RouterExperts && in.top_k >= 1 && in.top_k <= experts && in.top_k <= edl::RouterTopK, op, ": top ", in.top_k,
                " of ", experts, " experts; at most ", edl::RouterTopK, " of ", edl::RouterExperts);
    edl::check_float(in.x, {tokens, dim}, op, "x");
    edl::check_float(in.norm, {dim}, op, "norm");
    edl::check_float(in.router, {experts, dim}, op, "router");
    if (in.bias && in.bias->defined()) edl::check_float(*in.bias, {experts}, op, "the bias");
}

Results forward(const Inputs& in) {
    check(in);
    const auto shape = in.shape();
    const auto fresh = [&](at::IntArrayRef sizes) { return edl::empty(sizes, in.x.options()); };
    const Results r{fresh({shape.tokens, shape.dim}), fresh({shape.tokens}), fresh({shape.tokens, shape.experts}), fresh({shape.tokens, shape.experts}),
                    edl::empty({shape.tokens, shape.top_k}, in.x.options().dtype(at::kLong)), fresh({shape.tokens, shape.top_k})};
    const auto packed = fresh({(shape.experts + 15) / 16 * 16, shape.dim});
    edl::RouterArgs a{};
    a.shape = shape;
    a.x = in.x.data_ptr<float>();
    a.norm = in.norm.data_ptr<float>();
    a.router = in.router.data_ptr<float>();
    a.bias = in.bias && in.bias->defined() ? in.bias->data_ptr<float>() : nullptr;
    a.eps = static_cast<float>(in.eps);
    a.h = r.h.data_ptr<float>();
    a.inverse_rms = r.inverse_rms.data_ptr<float>();
    a.logits = r.logits.data_ptr<float>();
    a.probabilities = r.probabilities.data_ptr<float>();
    a.indices = r.indices.data_ptr<int64_t>();
    a.weights = r.weights.data_ptr<float>();
    a.packed_router = packed.data_ptr();
    edl::kernels().router(a);
    return r;
}

struct RouterFunction : torch::autograd::Function<RouterFunction> {
    static variable_list forward(torch::autograd::AutogradContext* context, const Tensor& x, const Tensor& norm, const Tensor& router, const Inputs& in) {
        at::AutoDispatchBelowADInplaceOrView below;
        const auto r = ::forward(in);
        context->set_materialize_grads(false);
        context->mark_non_differentiable({r.indices});
        context->save_for_backward({x, norm, router, r.inverse_rms, r.logits, r.probabilities, r.indices});
        context->saved_data["normalise"] = in.normalise;
        context->saved_data["sigmoid"] = in.sigmoid;
        return {at::alias(x), r.h, r.logits, r.probabilities, r.indices, r.weights};
    }

    static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0], &norm = saved[1], &router = saved[2], &indices = saved[6];
        const edl::RouterShape shape{x.size(0), x.size(1), router.size(0), indices.size(1), context->saved_data["sigmoid"].toBool(),
                                     context->saved_data["normalise"].toBool(), at::get_num_threads()};
        const auto dbeside = edl::float_gradient(gradients[0]), dh = edl::float_gradient(gradients[1]), dlogits = edl::float_gradient(gradients[2]),
                   dprobabilities = edl::float_gradient(gradients[3]), dweights = edl::float_gradient(gradients[5]);
        const bool of_scores = dlogits.defined() || dprobabilities.defined() || dweights.defined();

        const auto dx = edl::empty_like(x), dnorm = edl::empty_like(norm), drouter = of_scores ? edl::empty_like(router) : Tensor();
        const auto packed = edl::empty_like(router);
        const auto partial = edl::empty({(shape.tokens + edl::RouterRows - 1) / edl::RouterRows, shape.experts + 1, shape.dim}, x.options());
        edl::RouterBackwardArgs a{};
        a.shape = shape;
        a.x = x.data_ptr<float>();
        a.norm = norm.data_ptr<float>();
        a.router = router.data_ptr<float>();
        a.inverse_rms = saved[3].data_ptr<float>();
        a.logits = saved[4].data_ptr<float>();
        a.probabilities = saved[5].data_ptr<float>();
        a.indices = indices.data_ptr<int64_t>();
        a.dx_beside = edl::pointer(dbeside);
        a.dh = edl::pointer(dh);
        a.dlogits = edl::pointer(dlogits);
        a.dprobabilities = edl::pointer(dprobabilities);
        a.dweights = edl::pointer(dweights);
        a.dx = dx.data_ptr<float>();
        a.dnorm = dnorm.data_ptr<float>();
        a.drouter = edl::pointer(drouter);
        a.packed_router = packed.data_ptr();
        a.partial = partial.data_ptr<float>();
        edl::kernels().router_backward(a);
        return {dx, dnorm, drouter, Tensor()};
    }
};

Routed without_gradient(const Tensor& x, const Tensor& norm, const Tensor& router, const OptionalTensor& bias, double eps, int64_t top_k, bool normalise,
                        bool sigmoid) {
    const auto r = forward({x, norm, router, bias, eps, top_k, normalise, sigmoid});
    return {at::alias(x), r.h, r.logits, r.probabilities, r.indices, r.weights};
}

Routed with_gradient(const Tensor& x, const Tensor& norm, const Tensor& router, const OptionalTensor& bias, double eps, int64_t top_k, bool normalise,
                     bool sigmoid) {
    if (!at::GradMode::is_enabled() || !(x.requires_grad() || norm.requires_grad() || router.requires_grad())) {
        at::AutoDispatchBelowADInplaceOrView below;
        return without_gradient(x, norm, router, bias, eps, top_k, normalise, sigmoid);
    }
    const auto r = RouterFunction::apply(x, norm, router, Inputs{x, norm, router, bias, eps, top_k, normalise, sigmoid});
    return {r[0], r[1], r[2], r[3], r[4], r[5]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def(
        "router(Tensor(a) x, Tensor norm, Tensor router, Tensor? bias, float eps, int top_k, bool normalise, bool sigmoid) "
        "-> (Tensor(a) stream, Tensor h, Tensor logits, Tensor probabilities, Tensor indices, Tensor weights)");
}
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("router", without_gradient); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("router", with_gradient); }
