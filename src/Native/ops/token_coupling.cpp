// edl::token_coupling: how much of its probability a token gives to the experts that it takes in a layer and in the next one, −mean_t(c_t c'_t) with
// c the sum of the chosen experts' probabilities: one value for each two adjacent layers (CrossLayerCouplingLoss). A sequence is one task and
// sequences are added up in their order, so the result does not depend on the number of threads.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "layer_losses.h"

namespace {

using at::Tensor;
using edl::Tensors;
using OptionalTensor = edl::optional<Tensor>;

constexpr const char* op = "token_coupling";

// The chosen experts' probabilities by layer and token, [N, T].
template <typename T>
Tensor chosen_sums(const Tensors& probabilities, const Tensors& indices) {
    const int64_t layers = static_cast<int64_t>(probabilities.size()), tokens = probabilities[0].size(0), experts = probabilities[0].size(1), choices = indices[0].size(1);
    auto out = at::empty({layers, tokens}, probabilities[0].options());
    const auto p = edl::pointers<T>(probabilities);
    const auto chosen = edl::pointers<int64_t>(indices);
    edl::for_sequences(layers, tokens, choices, [&](int64_t layer, int64_t t) {
        T sum = 0;
        for (int64_t k = 0; k < choices; ++k) {
            const int64_t expert = chosen[layer][t * choices + k];
            TORCH_CHECK_INDEX(expert >= 0 && expert < experts, op, ": expert ", expert, " is not one of ", experts);
            sum += p[layer][t * experts + expert];
        }
        out.data_ptr<T>()[layer * tokens + t] = sum;
    });
    return out;
}

struct TokenCoupling : torch::autograd::Function<TokenCoupling> {
    static Tensor forward(torch::autograd::AutogradContext* context, at::TensorList probabilities, const Tensors& indices, const edl::CountedTokens& tokens) {
        at::AutoDispatchBelowADInplaceOrView below;
        const Tensors all = probabilities.vec();
        const int64_t pairs = static_cast<int64_t>(all.size()) - 1, count = all[0].size(0), sequences = tokens.sequences();
        auto values = at::empty({pairs}, all[0].options());
        Tensor sums;
        AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), op, [&] {
            sums = chosen_sums<scalar_t>(all, indices);
            const auto* here = sums.data_ptr<scalar_t>();
            for (int64_t pair = 0; pair < pairs; ++pair, here += count) {
                double total = 0;
                for (int64_t sequence = 0; sequence < sequences; ++sequence)
                    tokens.each(sequence, [&](int64_t t) { total += static_cast<double>(here[t]) * static_cast<double>(here[count + t]); });
                values.data_ptr<scalar_t>()[pair] = static_cast<scalar_t>(-total / static_cast<double>(tokens.total()));
            }
        });
        Tensors saved = indices;
        saved.push_back(sums);
        context->save_for_backward(saved);
        context->saved_data["experts"] = all[0].size(1);
        context->saved_data["lengths"] = tokens.lengths();
        return values;
    }

    static Tensors backward(torch::autograd::AutogradContext* context, Tensors gradients) {
        auto indices = context->get_saved_variables();
        const auto sums = indices.back();
        indices.pop_back();
        const int64_t layers = sums.size(0), count = sums.size(1), experts = context->saved_data["experts"].toInt(), choices = indices[0].size(1);
        const edl::CountedTokens tokens(count, context->saved_data["lengths"].toIntVector());
        const auto given = gradients[0].to(at::kDouble).contiguous();
        Tensors out;
        for (int64_t layer = 0; layer < layers; ++layer) out.push_back(at::empty({count, experts}, sums.options()));
        AT_DISPATCH_FLOATING_TYPES(sums.scalar_type(), op, [&] {
            const auto to = edl::pointers<scalar_t>(out);
            const auto chosen = edl::pointers<int64_t>(indices);
            const scalar_t* sum = sums.data_ptr<scalar_t>();
            edl::for_sequences(layers, tokens.sequences(), count / tokens.sequences() * experts, [&](int64_t layer, int64_t sequence) {
                const auto weight = [&](int64_t pair) { return -given.data_ptr<double>()[pair] / static_cast<double>(tokens.total()); };
                const double before = layer > 0 ? weight(layer - 1) : 0, after = layer + 1 < layers ? weight(layer) : 0;
                const auto clear = [&](int64_t t) { std::fill_n(to[layer] + t * experts, experts, scalar_t(0)); };
                tokens.each_padding(sequence, clear);
                tokens.each(sequence, [&](int64_t t) {
                    clear(t);
                    double gradient = 0;
                    if (layer > 0) gradient += before * static_cast<double>(sum[(layer - 1) * count + t]);
                    if (layer + 1 < layers) gradient += after * static_cast<double>(sum[(layer + 1) * count + t]);
                    for (int64_t k = 0; k < choices; ++k) to[layer][t * experts + chosen[layer][t * choices + k]] = static_cast<scalar_t>(gradient);
                });
            });
        });
        out.resize(out.size() + 2);
        return out;
    }
};

Tensor token_coupling(at::TensorList probabilities, at::TensorList indices, int64_t sequences, const OptionalTensor& lengths) {
    edl::check_layers(probabilities.vec(), 2, op, "probabilities");
    edl::check_indices(indices.vec(), probabilities[0], op, probabilities.size());
    return TokenCoupling::apply(probabilities, indices.vec(), edl::CountedTokens(probabilities[0].size(0), sequences, lengths, op));
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def("token_coupling(Tensor[] probabilities, Tensor[] indices, int sequences, Tensor? lengths=None) -> Tensor");
}
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("token_coupling", token_coupling); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("token_coupling", token_coupling); }
