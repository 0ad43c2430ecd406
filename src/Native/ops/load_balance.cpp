// edl::load_balance: the load-balancing loss of every layer from what edl::routing_means gives, with its gradient: one operator instead of ten.
//
//   of the micro-batch: E Σ_e f_e P_e, f_e = Σ_b counts[b, e] / Σ counts, P_e = Σ_b (b's share of the tokens) means[b, e]
//   by sequence:        the mean over b of E Σ_e f_be means[b, e],  f_be = counts[b, e] / Σ_e counts[b, e]
//
// Both are a sum over means of factors that the counts alone decide: E f_e (b's share), and E f_be / B. The factors are the gradient.
//
// N layers, B sequences, E experts.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <vector>

#include "empty.h"

namespace {

using at::Tensor;
using torch::autograd::variable_list;

constexpr const char* op = "load_balance";

struct Shape {
    int64_t layers, sequences, experts;
};

Shape check(const Tensor& means, const Tensor& counts) {
    TORCH_CHECK(means.dim() == 3 && counts.sizes() == means.sizes() && means.numel() > 0, op, ": means and counts are [layers, sequences, experts], ", means.sizes(),
                " and ", counts.sizes(), " came");
    TORCH_CHECK(means.is_cpu() && means.is_contiguous() && means.scalar_type() == at::kDouble && counts.is_cpu() && counts.is_contiguous(), op,
                ": means are contiguous Float64 and counts contiguous on the host");
    return {means.size(0), means.size(1), means.size(2)};
}

// One layer's factors of its means, [B, E].
template <typename T>
void factors(const T* counts, const Shape& s, bool by_sequence, double* to) {
    std::vector<double> of_sequence(s.sequences, 0.0), of_expert(s.experts, 0.0);
    double all = 0;
    for (int64_t b = 0; b < s.sequences; ++b) {
        for (int64_t e = 0; e < s.experts; ++e) {
            of_sequence[b] += counts[b * s.experts + e];
            of_expert[e] += counts[b * s.experts + e];
        }
        all += of_sequence[b];
    }
    const auto experts = static_cast<double>(s.experts);
    for (int64_t b = 0; b < s.sequences; ++b)
        for (int64_t e = 0; e < s.experts; ++e, ++to)
            *to = by_sequence ? experts * (counts[b * s.experts + e] / of_sequence[b]) / static_cast<double>(s.sequences)
                              : experts * (of_expert[e] / all) * (of_sequence[b] / all);
}

struct Results {
    Tensor per_layer, factors;
};

Results forward(const Tensor& means, const Tensor& counts, bool by_sequence) {
    const auto s = check(means, counts);
    const int64_t size = s.sequences * s.experts;
    Results out{edl::empty({s.layers}, counts.options()), edl::empty(means.sizes(), means.options())};
    const auto* mean = means.data_ptr<double>();
    auto* factor = out.factors.data_ptr<double>();
    AT_DISPATCH_FLOATING_TYPES(counts.scalar_type(), op, [&] {
        for (int64_t layer = 0; layer < s.layers; ++layer, mean += size, factor += size) {
            factors(counts.data_ptr<scalar_t>() + layer * size, s, by_sequence, factor);
            double value = 0;
            for (int64_t i = 0; i < size; ++i) value += factor[i] * mean[i];
            out.per_layer.data_ptr<scalar_t>()[layer] = static_cast<scalar_t>(value);
        }
    });
    return out;
}

struct LoadBalance : torch::autograd::Function<LoadBalance> {
    static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& means, const Tensor& counts, bool by_sequence) {
        at::AutoDispatchBelowADInplaceOrView below;
        auto r = ::forward(means, counts, by_sequence);
        context->saved_data["factors"] = r.factors;
        return r.per_layer;
    }

    static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
        const auto factors = context->saved_data["factors"].toTensor(), of_layer = gradients[0].contiguous();
        auto out = edl::empty(factors.sizes(), factors.options());
        const int64_t size = factors.numel() / factors.size(0);
        const auto* from = factors.data_ptr<double>();
        auto* to = out.data_ptr<double>();
        AT_DISPATCH_FLOATING_TYPES(of_layer.scalar_type(), op, [&] {
            const auto* gradient = of_layer.template data_ptr<scalar_t>();
            for (int64_t i = 0; i < factors.numel(); ++i) to[i] = static_cast<double>(gradient[i / size]) * from[i];
        });
        return {out, Tensor(), Tensor()};
    }
};

Tensor without_gradient(const Tensor& means, const Tensor& counts, bool by_sequence) { return forward(means, counts, by_sequence).per_layer; }

Tensor with_gradient(const Tensor& means, const Tensor& counts, bool by_sequence) { return LoadBalance::apply(means, counts, by_sequence); }

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) { library.def("load_balance(Tensor means, Tensor counts, bool by_sequence) -> Tensor"); }
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("load_balance", without_gradient); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("load_balance", with_gradient); }
