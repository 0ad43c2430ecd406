// edl::routing_means: what most losses on routing are made of, for all layers in one pass: each sequence's mean probabilities, and how many of
// its tokens each expert got. A layer's sequence is one task and its tokens are added up in double in their order, so the result does not
// depend on the number of threads. The means stay in double: while domains route alike, the terms of a divergence cancel.
//
// N layers, B sequences of L tokens, T = B L, E experts, K choices of a token.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <vector>

#include "empty.h"
#include "lengths.h"
#include "optional.h"

namespace {

using at::Tensor;
using torch::autograd::variable_list;
using Lengths = std::vector<int64_t>;

constexpr const char* op = "routing_means";
constexpr int64_t ElementsPerTask = 1 << 13;

struct Shape {
    int64_t layers, sequences, length, experts;
    int64_t grain() const { return std::max<int64_t>(1, ElementsPerTask / std::max<int64_t>(1, length * experts)); }
};

Shape check(at::TensorList probabilities, at::TensorList indices, int64_t sequences) {
    TORCH_CHECK(!probabilities.empty() && indices.size() == probabilities.size(), op, ": one tensor of chosen experts a layer, and at least one layer");
    const auto &p = probabilities[0], &chosen = indices[0];
    TORCH_CHECK(p.dim() == 2 && chosen.dim() == 2 && sequences >= 1 && p.size(0) % sequences == 0, op, ": ", p.sizes(), " is not [tokens, experts] of ", sequences,
                " sequences of one length");
    for (size_t i = 0; i < probabilities.size(); ++i) {
        TORCH_CHECK(probabilities[i].is_cpu() && probabilities[i].sizes() == p.sizes() && probabilities[i].scalar_type() == p.scalar_type(), op,
                    ": probabilities are on the host, all layers' alike");
        TORCH_CHECK(indices[i].is_cpu() && indices[i].sizes() == chosen.sizes() && indices[i].scalar_type() == at::kLong && chosen.size(0) == p.size(0), op,
                    ": chosen experts are Int64 [tokens, K] on the host, all layers' alike");
    }
    return {static_cast<int64_t>(probabilities.size()), sequences, p.size(0) / sequences, p.size(1)};
}

// A sequence without tokens has no mean.
Lengths lengths_of(const edl::optional<Tensor>& given, const Shape& s) { return edl::sequence_lengths(given, s.sequences, s.length, 1, op); }

template <typename T>
void sequence_means(const T* p, const int64_t* chosen, int64_t tokens, int64_t experts, int64_t choices, double* means, T* counts) {
    std::fill(means, means + experts, 0.0);
    std::fill(counts, counts + experts, T(0));
    for (int64_t t = 0; t < tokens; ++t)
        for (int64_t e = 0; e < experts; ++e) means[e] += p[t * experts + e];
    for (int64_t e = 0; e < experts; ++e) means[e] /= static_cast<double>(tokens);
    for (int64_t pair = 0; pair < tokens * choices; ++pair) {
        TORCH_CHECK_INDEX(chosen[pair] >= 0 && chosen[pair] < experts, op, ": expert ", chosen[pair], " is not one of ", experts);
        counts[chosen[pair]] += T(1);  // whole numbers
    }
}

std::vector<Tensor> dense(at::TensorList tensors) {
    std::vector<Tensor> out;
    for (const auto& tensor : tensors) out.push_back(tensor.contiguous());
    return out;
}

std::tuple<Tensor, Tensor> forward(at::TensorList all_probabilities, at::TensorList all_indices, int64_t sequences, const edl::optional<Tensor>& lengths) {
    const auto s = check(all_probabilities, all_indices, sequences);
    const auto probabilities = dense(all_probabilities), indices = dense(all_indices);
    const auto tokens = lengths_of(lengths, s);
    const int64_t choices = indices[0].size(1), rows = s.length * s.experts, pairs = s.length * choices;
    auto counts = edl::empty({s.layers, s.sequences, s.experts}, probabilities[0].options()), means = edl::empty(counts.sizes(), counts.options().dtype(at::kDouble));
    AT_DISPATCH_FLOATING_TYPES(counts.scalar_type(), op, [&] {
        std::vector<const scalar_t*> p;
        std::vector<const int64_t*> chosen;
        for (int64_t layer = 0; layer < s.layers; ++layer) {
            p.push_back(probabilities[layer].data_ptr<scalar_t>());
            chosen.push_back(indices[layer].data_ptr<int64_t>());
        }
        auto* to_means = means.data_ptr<double>();
        auto* to_counts = counts.data_ptr<scalar_t>();
        at::parallel_for(0, s.layers * s.sequences, s.grain(), [&](int64_t begin, int64_t end) {
            for (int64_t task = begin; task < end; ++task) {
                const int64_t layer = task / s.sequences, b = task % s.sequences;
                sequence_means(p[layer] + b * rows, chosen[layer] + b * pairs, tokens[b], s.experts, choices, to_means + task * s.experts,
                               to_counts + task * s.experts);
            }
        });
    });
    return {means, counts};
}

// dP[t] = dmeans[b] / the sequence's tokens; 0 for padding.
variable_list backward(const Tensor& gradient, at::ScalarType type, const Shape& s, const Lengths& tokens) {
    const auto from = gradient.contiguous();
    variable_list out;
    for (int64_t layer = 0; layer < s.layers; ++layer) out.push_back(edl::empty({s.sequences * s.length, s.experts}, from.options().dtype(type)));
    AT_DISPATCH_FLOATING_TYPES(type, op, [&] {
        std::vector<scalar_t*> to;
        for (const auto& dp : out) to.push_back(dp.template data_ptr<scalar_t>());
        at::parallel_for(0, s.layers * s.sequences, s.grain(), [&](int64_t begin, int64_t end) {
            for (int64_t task = begin; task < end; ++task) {
                const int64_t b = task % s.sequences, own = tokens[b] * s.experts;
                auto* dp = to[task / s.sequences] + b * s.length * s.experts;
                const auto* row = from.data_ptr<double>() + task * s.experts;
                for (int64_t e = 0; e < s.experts; ++e) dp[e] = static_cast<scalar_t>(row[e] / static_cast<double>(tokens[b]));
                for (int64_t i = s.experts; i < own; ++i) dp[i] = dp[i - s.experts];
                std::fill(dp + own, dp + s.length * s.experts, scalar_t(0));
            }
        });
    });
    return out;
}

struct RoutingMeans : torch::autograd::Function<RoutingMeans> {
    static variable_list forward(torch::autograd::AutogradContext* context, at::TensorList probabilities, at::TensorList indices, int64_t sequences,
                                 const edl::optional<Tensor>& lengths) {
        at::AutoDispatchBelowADInplaceOrView below;
        auto [means, counts] = ::forward(probabilities, indices, sequences, lengths);
        const auto s = check(probabilities, indices, sequences);
        context->saved_data["shape"] = std::vector<int64_t>{s.layers, s.sequences, s.length, s.experts};
        context->saved_data["type"] = static_cast<int64_t>(counts.scalar_type());
        context->saved_data["lengths"] = lengths_of(lengths, s);
        context->mark_non_differentiable({counts});
        return {means, counts};
    }

    static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
        const auto shape = context->saved_data["shape"].toIntVector();
        const Shape s{shape[0], shape[1], shape[2], shape[3]};
        auto all = ::backward(gradients[0], static_cast<at::ScalarType>(context->saved_data["type"].toInt()), s, context->saved_data["lengths"].toIntVector());
        all.resize(2 * s.layers + 2);  // neither the chosen experts nor what follows them has a gradient
        return all;
    }
};

std::tuple<Tensor, Tensor> with_gradient(at::TensorList probabilities, at::TensorList indices, int64_t sequences, const edl::optional<Tensor>& lengths) {
    const auto out = RoutingMeans::apply(probabilities, indices, sequences, lengths);
    return {out[0], out[1]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def("routing_means(Tensor[] probabilities, Tensor[] indices, int sequences, Tensor? lengths=None) -> (Tensor means, Tensor counts)");
}
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("routing_means", forward); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("routing_means", with_gradient); }
