// edl::total_loss: what a step minimises, from its parts, with their gradients: one operator instead of five for each auxiliary loss.
//
//   language model = nll / tokens,  value_i = the sum or the mean over layers of per_layer_i,  total = language model + Σ_i weight_i value_i
//
// Only the total has a gradient. A loss of weight 0 is told and does not count: what is no number in it stays out of the total.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <vector>

#include "empty.h"
#include "number.h"

namespace {

using at::Tensor;
using torch::autograd::variable_list;

constexpr const char* op = "total_loss";

struct Inputs {
    const Tensor& nll;
    double tokens;
    at::TensorList per_layer;
    at::ArrayRef<double> weights;
    const c10::List<bool>& sums;

    // What the elements of a loss count in its value.
    double share(size_t i) const { return sums.get(i) ? 1.0 : 1.0 / static_cast<double>(per_layer[i].numel()); }
};

void check(const Inputs& in) {
    TORCH_CHECK(in.weights.size() == in.per_layer.size() && in.sums.size() == in.per_layer.size(), op, ": one weight and one way to join the layers for each of ",
                in.per_layer.size(), " losses");
    TORCH_CHECK(in.nll.is_cpu() && in.nll.numel() == 1, op, ": nll is one number on the host");
    for (const auto& loss : in.per_layer)
        TORCH_CHECK(loss.is_cpu() && loss.is_contiguous() && loss.dim() == 1, op, ": losses by layer are contiguous vectors on the host");
}

double added(const Tensor& values) {
    double total = 0;
    AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), op, [&] {
        for (int64_t i = 0; i < values.numel(); ++i) total += values.data_ptr<scalar_t>()[i];
    });
    return total;
}

Tensor filled(at::IntArrayRef sizes, double value, const Tensor& like) {
    auto out = edl::empty(sizes, like.options());
    AT_DISPATCH_FLOATING_TYPES(like.scalar_type(), op, [&] { std::fill_n(out.data_ptr<scalar_t>(), out.numel(), static_cast<scalar_t>(value)); });
    return out;
}

// Total, language model, the others.
variable_list forward(const Inputs& in) {
    check(in);
    const double language_model = added(in.nll) / in.tokens;
    double total = language_model;
    auto type = in.nll.scalar_type();
    variable_list values;
    for (size_t i = 0; i < in.per_layer.size(); ++i) {
        const auto& loss = in.per_layer[i];
        const double value = added(loss) * in.share(i);
        values.push_back(filled({}, value, loss));
        type = c10::promoteTypes(type, loss.scalar_type());
        if (in.weights[i] != 0) total += in.weights[i] * value;
    }
    variable_list out{filled({}, total, in.nll.scalar_type() == type ? in.nll : values[0].to(type)), filled({}, language_model, in.nll)};
    out.insert(out.end(), values.begin(), values.end());
    return out;
}

struct TotalLoss : torch::autograd::Function<TotalLoss> {
    static variable_list forward(torch::autograd::AutogradContext* context, const Tensor& nll, at::TensorList per_layer, const Inputs& in) {
        at::AutoDispatchBelowADInplaceOrView below;
        auto out = ::forward(in);
        context->set_materialize_grads(false);
        context->mark_non_differentiable(variable_list(out.begin() + 1, out.end()));
        std::vector<Tensor> gradients{filled(nll.sizes(), 1.0 / in.tokens, nll)};
        for (size_t i = 0; i < per_layer.size(); ++i)
            if (in.weights[i] != 0) gradients.push_back(filled(per_layer[i].sizes(), in.weights[i] * in.share(i), per_layer[i]));
        context->saved_data["gradients"] = gradients;
        context->saved_data["weights"] = in.weights.vec();
        return out;
    }

    static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
        const auto saved = context->saved_data["gradients"].toTensorVector();
        const auto weights = context->saved_data["weights"].toDoubleVector();
        const double of_total = edl::number(gradients[0]).toDouble();
        const auto scaled = [&](const Tensor& gradient) { return of_total == 1 ? gradient : gradient * of_total; };
        variable_list out{scaled(saved[0])};
        size_t next = 1;
        for (const double weight : weights) out.push_back(weight != 0 ? scaled(saved[next++]) : Tensor());
        out.emplace_back();  // of the rest
        return out;
    }
};

variable_list without_gradient(const Tensor& nll, double tokens, at::TensorList per_layer, at::ArrayRef<double> weights, c10::List<bool> sums) {
    return forward({nll, tokens, per_layer, weights, sums});
}

variable_list with_gradient(const Tensor& nll, double tokens, at::TensorList per_layer, at::ArrayRef<double> weights, c10::List<bool> sums) {
    return TotalLoss::apply(nll, per_layer, Inputs{nll, tokens, per_layer, weights, sums});
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def("total_loss(Tensor nll, float tokens, Tensor[] per_layer, float[] weights, bool[] sums) -> Tensor[]");
}
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("total_loss", without_gradient); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("total_loss", with_gradient); }
