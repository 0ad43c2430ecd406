// edl::chosen_variance and edl::share_variance: the two forms of the variance of routing (RoutingVarianceLoss), of all layers at once.
//
//   chosen   (Σ_e mean_t(s_te)² − mean_t(Σ_e s_te²)) / E,  s a token's chosen weights by their sum
//   share    −(mean_t(Σ_e p_te²) − 1/E) / (E − 1),  p all experts' shares
//
// A sequence is one task and sequences are added up in their order, so the result does not depend on the number of threads.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "layer_losses.h"

namespace {

using at::Tensor;
using edl::Tensors;
using OptionalTensor = edl::optional<Tensor>;

// A token's weights by their sum.
template <typename T>
struct ChosenShares {
    const T* weights;
    double total = 0;

    ChosenShares(const T* of_token, int64_t choices) : weights(of_token) {
        for (int64_t k = 0; k < choices; ++k) total += static_cast<double>(weights[k]);
    }
    double operator[](int64_t k) const { return static_cast<double>(weights[k]) / total; }
};

Tensor chosen_variances(const Tensors& weights, const Tensors& indices, int64_t experts, const edl::CountedTokens& tokens, const Tensors& gradients) {
    const int64_t layers = static_cast<int64_t>(weights.size()), choices = weights[0].size(1), sequences = tokens.sequences();
    const double total = static_cast<double>(tokens.total());
    auto values = at::empty({layers}, weights[0].options());
    std::vector<double> squares(layers * sequences, 0.0), sums(layers * sequences * experts, 0.0), means(layers * experts, 0.0);
    AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), "chosen_variance", [&] {
        const auto from = edl::pointers<scalar_t>(weights), to = edl::pointers<scalar_t>(gradients);
        const auto chosen = edl::pointers<int64_t>(indices);
        const int64_t elements = weights[0].numel() / sequences * 4;
        edl::for_sequences(layers, sequences, elements, [&](int64_t layer, int64_t sequence) {
            const int64_t task = layer * sequences + sequence;
            tokens.each(sequence, [&](int64_t t) {
                const ChosenShares<scalar_t> s(from[layer] + t * choices, choices);
                for (int64_t k = 0; k < choices; ++k) {
                    const int64_t expert = chosen[layer][t * choices + k];
                    TORCH_CHECK_INDEX(expert >= 0 && expert < experts, "chosen_variance: expert ", expert, " is not one of ", experts);
                    sums[task * experts + expert] += s[k];
                    squares[task] += s[k] * s[k];
                }
            });
        });
        for (int64_t layer = 0; layer < layers; ++layer) {
            double of_means = 0;
            for (int64_t e = 0; e < experts; ++e) {
                double& mean = means[layer * experts + e];
                for (int64_t sequence = 0; sequence < sequences; ++sequence) mean += sums[(layer * sequences + sequence) * experts + e];
                mean /= total;
                of_means += mean * mean;
            }
            const double square = edl::sum_of(&squares[layer * sequences], sequences) / total;
            values.data_ptr<scalar_t>()[layer] = static_cast<scalar_t>((of_means - square) / static_cast<double>(experts));
        }

        // With ds_k = 2 (mean_e − s_k) / (T E):  dw_k = (ds_k − Σ ds s) / Σ w.
        edl::for_sequences(layers, sequences, elements, [&](int64_t layer, int64_t sequence) {
            tokens.each(sequence, [&](int64_t t) {
                const ChosenShares<scalar_t> s(from[layer] + t * choices, choices);
                const auto ds = [&](int64_t k) { return 2 * (means[layer * experts + chosen[layer][t * choices + k]] - s[k]) / (total * static_cast<double>(experts)); };
                double along = 0;
                for (int64_t k = 0; k < choices; ++k) along += ds(k) * s[k];
                for (int64_t k = 0; k < choices; ++k) to[layer][t * choices + k] = static_cast<scalar_t>((ds(k) - along) / s.total);
            });
            tokens.each_padding(sequence, [&](int64_t t) { std::fill_n(to[layer] + t * choices, choices, scalar_t(0)); });
        });
    });
    return values;
}

struct ChosenVariance : torch::autograd::Function<ChosenVariance> {
    static Tensor forward(torch::autograd::AutogradContext* context, at::TensorList weights, const Tensors& indices, int64_t experts, const edl::CountedTokens& tokens) {
        at::AutoDispatchBelowADInplaceOrView below;
        const Tensors all = weights.vec(), gradients = edl::empty_like(all);
        const auto values = chosen_variances(all, indices, experts, tokens, gradients);
        context->save_for_backward(gradients);
        return values;
    }

    static Tensors backward(torch::autograd::AutogradContext* context, Tensors gradients) {
        auto all = edl::scaled(context->get_saved_variables(), gradients[0]);
        all.resize(all.size() + 3);
        return all;
    }
};

Tensor chosen_variance(at::TensorList weights, at::TensorList indices, int64_t experts, int64_t sequences, const OptionalTensor& lengths) {
    constexpr const char* op = "chosen_variance";
    edl::check_layers(weights.vec(), 2, op, "weights");
    edl::check_indices(indices.vec(), weights[0], op, weights.size());
    TORCH_CHECK(indices[0].sizes() == weights[0].sizes(), op, ": one weight for each chosen expert");
    return ChosenVariance::apply(weights, indices.vec(), experts, edl::CountedTokens(weights[0].size(0), sequences, lengths, op));
}

template <typename T>
double sum_of_squares(const T* from, int64_t count) {
    constexpr int64_t lanes = 8;
    double sums[lanes] = {};
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (int64_t lane = 0; lane < lanes; ++lane) sums[lane] += static_cast<double>(from[i + lane]) * static_cast<double>(from[i + lane]);
    for (; i < count; ++i) sums[i % lanes] += static_cast<double>(from[i]) * static_cast<double>(from[i]);
    return edl::sum_of(sums, lanes);
}

struct ShareVariance : torch::autograd::Function<ShareVariance> {
    static Tensor forward(torch::autograd::AutogradContext* context, at::TensorList probabilities, const edl::CountedTokens& tokens) {
        at::AutoDispatchBelowADInplaceOrView below;
        const Tensors all = probabilities.vec();
        const int64_t layers = static_cast<int64_t>(all.size()), experts = all[0].size(1), sequences = tokens.sequences();
        const double per_square = -1.0 / std::max(static_cast<double>(experts) - 1.0, 1.0);
        auto values = at::empty({layers}, all[0].options());
        std::vector<double> sums(layers * sequences, 0.0);
        AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), "share_variance", [&] {
            const auto from = edl::pointers<scalar_t>(all);
            edl::for_sequences(layers, sequences, all[0].numel() / sequences, [&](int64_t layer, int64_t sequence) {
                tokens.each(sequence, [&](int64_t t) { sums[layer * sequences + sequence] += sum_of_squares(from[layer] + t * experts, experts); });
            });
            for (int64_t layer = 0; layer < layers; ++layer) {
                const double square = edl::sum_of(&sums[layer * sequences], sequences) / static_cast<double>(tokens.total());
                values.data_ptr<scalar_t>()[layer] = static_cast<scalar_t>((square - 1.0 / static_cast<double>(experts)) * per_square);
            }
        });
        context->save_for_backward(all);
        context->saved_data["factor"] = 2 * per_square / static_cast<double>(tokens.total());
        context->saved_data["lengths"] = tokens.lengths();
        return values;
    }

    static Tensors backward(torch::autograd::AutogradContext* context, Tensors gradients) {
        const auto all = context->get_saved_variables();
        const edl::CountedTokens tokens(all[0].size(0), context->saved_data["lengths"].toIntVector());
        const double factor = context->saved_data["factor"].toDouble();
        const int64_t experts = all[0].size(1);
        const auto given = gradients[0].to(at::kDouble).contiguous();
        auto out = edl::empty_like(all);
        AT_DISPATCH_FLOATING_TYPES(all[0].scalar_type(), "share_variance", [&] {
            const auto from = edl::pointers<scalar_t>(all), to = edl::pointers<scalar_t>(out);
            edl::for_sequences(static_cast<int64_t>(all.size()), tokens.sequences(), all[0].numel() / tokens.sequences(), [&](int64_t layer, int64_t sequence) {
                const auto scale = static_cast<scalar_t>(given.data_ptr<double>()[layer] * factor);
                tokens.each(sequence, [&](int64_t t) {
                    for (int64_t i = t * experts; i < (t + 1) * experts; ++i) to[layer][i] = from[layer][i] * scale;
                });
                tokens.each_padding(sequence, [&](int64_t t) { std::fill_n(to[layer] + t * experts, experts, scalar_t(0)); });
            });
        });
        out.resize(out.size() + 1);
        return out;
    }
};

Tensor share_variance(at::TensorList probabilities, int64_t sequences, const OptionalTensor& lengths) {
    edl::check_layers(probabilities.vec(), 2, "share_variance", "probabilities");
    return ShareVariance::apply(probabilities, edl::CountedTokens(probabilities[0].size(0), sequences, lengths, "share_variance"));
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def("chosen_variance(Tensor[] weights, Tensor[] indices, int experts, int sequences, Tensor? lengths=None) -> Tensor");
    library.def("share_variance(Tensor[] probabilities, int sequences, Tensor? lengths=None) -> Tensor");
}
TORCH_LIBRARY_IMPL(edl, CPU, library) {
    library.impl("chosen_variance", chosen_variance);
    library.impl("share_variance", share_variance);
}
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) {
    library.impl("chosen_variance", chosen_variance);
    library.impl("share_variance", share_variance);
}
