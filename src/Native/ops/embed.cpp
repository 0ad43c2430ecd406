// edl::embed: rows of the embedding by token; its gradient is added up row by row in the order of the tokens, whatever the threads.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <cstring>

#include "packed.h"

namespace {

constexpr int64_t GrainRows = 256;

// weight [V, D] fp32, ids Int64 of any shape → [ids, D].
at::Tensor embed(const at::Tensor& weight, const at::Tensor& ids) {
    TORCH_CHECK(weight.dim() == 2, "embed: the weight is [V, D]");
    edl::check_float(weight, weight.sizes(), "embed", "the weight");
    TORCH_CHECK(ids.scalar_type() == at::kLong && ids.is_contiguous() && ids.is_cpu(), "embed: ids are contiguous Int64 on the host");
    const int64_t vocabulary = weight.size(0), d = weight.size(1), tokens = ids.numel();
    const auto* id = ids.data_ptr<int64_t>();
    for (int64_t t = 0; t < tokens; ++t)
        TORCH_CHECK(id[t] >= 0 && id[t] < vocabulary, "embed: id ", id[t], " is not in a vocabulary of ", vocabulary);
    auto out = edl::empty({tokens, d}, weight.options());
    const auto* from = weight.data_ptr<float>();
    auto* to = out.data_ptr<float>();
    at::parallel_for(0, tokens, GrainRows, [&](int64_t first, int64_t last) {
        for (int64_t t = first; t < last; ++t) std::memcpy(to + t * d, from + id[t] * d, d * sizeof(float));
    });
    return out;
}

// Each thread owns a range of the vocabulary and walks all tokens.
at::Tensor embed_gradient(const at::Tensor& gradient, const at::Tensor& ids, int64_t vocabulary) {
    const auto source = gradient.contiguous();
    const int64_t d = source.size(1), tokens = ids.numel();
    auto out = edl::empty({vocabulary, d}, source.options());
    const auto* id = ids.data_ptr<int64_t>();
    const auto* from = source.data_ptr<float>();
    auto* to = out.data_ptr<float>();
    const int64_t grain = std::max<int64_t>(1, (vocabulary + at::get_num_threads() - 1) / at::get_num_threads());
    at::parallel_for(0, vocabulary, grain, [&](int64_t first, int64_t last) {
        std::memset(to + first * d, 0, (last - first) * d * sizeof(float));
        for (int64_t t = 0; t < tokens; ++t) {
            if (id[t] < first || id[t] >= last) continue;
            float* row = to + id[t] * d;
            const float* add = from + t * d;
            for (int64_t i = 0; i < d; ++i) row[i] += add[i];
        }
    });
    return out;
}

struct Embed : torch::autograd::Function<Embed> {
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& weight, const at::Tensor& ids) {
        at::AutoDispatchBelowADInplaceOrView below;
        context->save_for_backward({ids});
        context->saved_data["vocabulary"] = weight.size(0);
        return embed(weight, ids);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
        return {embed_gradient(gradients[0], context->get_saved_variables()[0], context->saved_data["vocabulary"].toInt()), {}};
    }
};

at::Tensor with_gradient(const at::Tensor& weight, const at::Tensor& ids) { return Embed::apply(weight, ids); }

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) { library.def("embed(Tensor weight, Tensor ids) -> Tensor"); }
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("embed", embed); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("embed", with_gradient); }
