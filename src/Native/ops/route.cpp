// edl::route: the router's scores to shares, chosen experts and their weights, in one pass over the tokens (kernels/route_args.h).
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/route_args.h"
#include "optional.h"
#include "packed.h"

namespace {

using Routed = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

Routed route(const at::Tensor& logits, const edl::optional<at::Tensor>& bias, int64_t top_k, bool normalise, bool sigmoid) {
    const char* op = "route";
    TORCH_CHECK(logits.dim() == 2, op, ": scores are [T, E]");
    const int64_t tokens = logits.size(0), experts = logits.size(1);
    edl::check_float(logits, {tokens, experts}, op, "the scores");
    TORCH_CHECK(experts <= edl::RouteExperts && top_k >= 1 && top_k <= experts && top_k <= edl::RouteTopK, op, ": top ", top_k, " of ", experts,
                " experts; at most ", edl::RouteTopK, " of ", edl::RouteExperts);
    const bool biased = bias && bias->defined();
    if (biased) edl::check_float(*bias, {experts}, op, "the bias");
    auto probabilities = at::empty_like(logits);
    auto indices = at::empty({tokens, top_k}, logits.options().dtype(at::kLong));
    auto weights = at::empty({tokens, top_k}, logits.options());
    edl::kernels().route({logits.data_ptr<float>(), biased ? bias->data_ptr<float>() : nullptr, tokens, experts, top_k, sigmoid, normalise,
                          probabilities.data_ptr<float>(), indices.data_ptr<int64_t>(), weights.data_ptr<float>(), at::get_num_threads()});
    return {probabilities, indices, weights};
}

struct Route : torch::autograd::Function<Route> {
    static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context, const at::Tensor& logits,
                                                  const edl::optional<at::Tensor>& bias, int64_t top_k, bool normalise, bool sigmoid) {
        at::AutoDispatchBelowADInplaceOrView below;
        auto [probabilities, indices, weights] = route(logits, bias, top_k, normalise, sigmoid);
        context->save_for_backward({logits, probabilities, indices});
        context->saved_data["normalise"] = normalise;
        context->saved_data["sigmoid"] = sigmoid;
        context->mark_non_differentiable({indices});
        context->set_materialize_grads(false);
        return {probabilities, indices, weights};
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto &logits = saved[0], &probabilities = saved[1], &indices = saved[2];
        const auto dp = gradients[0].defined() ? gradients[0].contiguous() : at::Tensor();
        const auto dw = gradients[2].defined() ? gradients[2].contiguous() : at::Tensor();
        auto dlogits = at::empty_like(logits);
        edl::kernels().route_backward({logits.data_ptr<float>(), probabilities.data_ptr<float>(), indices.data_ptr<int64_t>(),
                                       dp.defined() ? dp.data_ptr<float>() : nullptr, dw.defined() ? dw.data_ptr<float>() : nullptr, logits.size(0),
                                       logits.size(1), indices.size(1), context->saved_data["sigmoid"].toBool(),
                                       context->saved_data["normalise"].toBool(), dlogits.data_ptr<float>(), at::get_num_threads()});
        return {dlogits, {}, {}, {}, {}};
    }
};

Routed with_gradient(const at::Tensor& logits, const edl::optional<at::Tensor>& bias, int64_t top_k, bool normalise, bool sigmoid) {
    auto out = Route::apply(logits, bias, top_k, normalise, sigmoid);
    return {out[0], out[1], out[2]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def(
        "route(Tensor logits, Tensor? bias, int top_k, bool normalise, bool sigmoid) -> (Tensor probabilities, Tensor indices, Tensor weights)");
}
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("route", route); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("route", with_gradient); }
