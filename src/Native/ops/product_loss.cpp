// edl::product_loss: losses on the angles between what a token's K experts say or hold, of all layers at once, from the inner products
// [T, K, K] of each: the mean over tokens of a formula of product_terms.h. Gradients are taken in the same pass. A sequence is one task and
// sequences are added up in their order, so the result does not depend on the number of threads.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "layer_losses.h"
#include "product_terms.h"

namespace {

using at::Tensor;
using edl::Tensors;
using OptionalTensor = edl::optional<Tensor>;
using Term = double (*)(const double*, int, double, double*);

constexpr const char* op = "product_loss";

Term term_of(const std::string& formula) {
    if (formula == "pairs") return edl::pair_projections;
    if (formula == "span") return edl::span_projections;
    if (formula == "cosine")
        return [](const double* g, int rows, double epsilon, double* dg) { return edl::cosines(g, rows, epsilon, dg, [](double c) { return std::make_pair(c, 1.0); }); };
    if (formula == "squared")
        return [](const double* g, int rows, double epsilon, double* dg) { return edl::cosines(g, rows, epsilon, dg, [](double c) { return std::make_pair(c * c, 2 * c); }); };
    TORCH_CHECK(formula == "absolute", op, ": there is no formula '", formula, "'");
    return [](const double* g, int rows, double epsilon, double* dg) {
        return edl::cosines(g, rows, epsilon, dg, [](double c) { return std::make_pair(std::abs(c), c > 0 ? 1.0 : c < 0 ? -1.0 : 0.0); });
    };
}

// The values [N], and into `gradients` those of the products.
Tensor forward(const Tensors& products, Term term, double epsilon, const edl::CountedTokens& tokens, const Tensors& gradients) {
    const int64_t layers = static_cast<int64_t>(products.size()), rows = products[0].size(1), sequences = tokens.sequences(), per_token = rows * rows;
    auto values = at::empty({layers}, products[0].options());
    std::vector<double> sums(layers * sequences, 0.0);
    AT_DISPATCH_FLOATING_TYPES(values.scalar_type(), op, [&] {
        const auto from = edl::pointers<scalar_t>(products), to = edl::pointers<scalar_t>(gradients);
        edl::for_sequences(layers, sequences, products[0].numel() / sequences * 8, [&](int64_t layer, int64_t sequence) {
            std::vector<double> g(per_token), dg(per_token);
            tokens.each(sequence, [&](int64_t t) {
                for (int64_t i = 0; i < per_token; ++i) g[i] = from[layer][t * per_token + i];
                sums[layer * sequences + sequence] += term(g.data(), static_cast<int>(rows), epsilon, dg.data());
                for (int64_t i = 0; i < per_token; ++i) to[layer][t * per_token + i] = static_cast<scalar_t>(dg[i] / static_cast<double>(tokens.total()));
            });
            tokens.each_padding(sequence, [&](int64_t t) { std::fill_n(to[layer] + t * per_token, per_token, scalar_t(0)); });
        });
        for (int64_t layer = 0; layer < layers; ++layer)
            values.data_ptr<scalar_t>()[layer] = static_cast<scalar_t>(edl::sum_of(&sums[layer * sequences], sequences) / static_cast<double>(tokens.total()));
    });
    return values;
}

struct ProductLoss : torch::autograd::Function<ProductLoss> {
    static Tensor forward(torch::autograd::AutogradContext* context, at::TensorList products, Term term, double epsilon, const edl::CountedTokens& tokens) {
        at::AutoDispatchBelowADInplaceOrView below;
        const Tensors all = products.vec(), gradients = edl::empty_like(all);
        const auto values = ::forward(all, term, epsilon, tokens, gradients);
        context->save_for_backward(gradients);
        return values;
    }

    static Tensors backward(torch::autograd::AutogradContext* context, Tensors gradients) {
        auto all = edl::scaled(context->get_saved_variables(), gradients[0]);
        all.resize(all.size() + 3);
        return all;
    }
};

Tensor product_loss(at::TensorList products, const std::string& formula, double epsilon, int64_t sequences, const OptionalTensor& lengths) {
    edl::check_layers(products.vec(), 3, op, "products");
    TORCH_CHECK(products[0].size(1) == products[0].size(2) && products[0].size(1) >= 2, op, ": [tokens, K, K] of at least two rows is taken, ", products[0].sizes(), " came");
    return ProductLoss::apply(products, term_of(formula), epsilon, edl::CountedTokens(products[0].size(0), sequences, lengths, op));
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def("product_loss(Tensor[] products, str formula, float epsilon, int sequences, Tensor? lengths=None) -> Tensor");
}
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("product_loss", product_loss); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("product_loss", product_loss); }
