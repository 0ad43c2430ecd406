// edl::pairwise_jsd: the Jensen-Shannon divergence of every two of C distributions, domains [N, C, E] -> [N, C (C - 1) / 2], first below second.
// A divergence below 0 by rounding is 0 and has no gradient. Every result is summed on its own in one order, so the number of threads changes nothing.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <vector>

#include "jensen_shannon.h"

namespace {

using at::Tensor;
using edl::log_of;
using edl::pair_number;

constexpr const char* op = "pairwise_jsd";
constexpr int64_t LogsPerTask = 1 << 11;

template <typename T>
std::vector<T> logs_of(const Tensor& domains) {
    const T* p = domains.data_ptr<T>();
    std::vector<T> logs(domains.numel());
    for (int64_t i = 0; i < domains.numel(); ++i) logs[i] = log_of(p[i]);
    return logs;
}

// body(layer, first) for the rows of distributions of each layer.
template <typename Body>
void for_rows(const Tensor& domains, const Body& body) {
    const int64_t count = domains.size(1), grain = std::max<int64_t>(1, LogsPerTask / std::max<int64_t>(1, count * domains.size(2)));
    at::parallel_for(0, domains.size(0) * count, grain, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) body(row / count, row % count);
    });
}

Tensor forward(const Tensor& domains) {
    TORCH_CHECK(domains.dim() == 3 && domains.is_contiguous() && domains.is_cpu(), op, ": contiguous [layers, domains, experts] on the host are taken, ",
                domains.sizes(), " came");
    const int64_t count = domains.size(1), experts = domains.size(2), pairs = count * (count - 1) / 2;
    auto out = at::empty({domains.size(0), pairs}, domains.options());
    AT_DISPATCH_FLOATING_TYPES(domains.scalar_type(), op, [&] {
        const auto logs = logs_of<scalar_t>(domains);
        const scalar_t* all = domains.data_ptr<scalar_t>();
        scalar_t* to = out.data_ptr<scalar_t>();
        for_rows(domains, [&](int64_t layer, int64_t first) {
            const int64_t at = (layer * count + first) * experts;
            for (int64_t second = first + 1; second < count; ++second) {
                const int64_t other = (layer * count + second) * experts;
                scalar_t left = 0, right = 0;
                for (int64_t e = 0; e < experts; ++e) {
                    const scalar_t p = all[at + e], q = all[other + e], log_middle = log_of(scalar_t(0.5) * (p + q));
                    left += p * (logs[at + e] - log_middle);
                    right += q * (logs[other + e] - log_middle);
                }
                const scalar_t jsd = scalar_t(0.5) * left + scalar_t(0.5) * right;
                to[layer * pairs + pair_number(first, second, count)] = jsd < 0 ? scalar_t(0) : jsd;  // not a number stays so
            }
        });
    });
    return out;
}

Tensor backward(const Tensor& given, const Tensor& domains, const Tensor& jsd) {
    const auto gradient = given.contiguous();
    const int64_t count = domains.size(1), experts = domains.size(2), pairs = gradient.size(1);
    auto out = at::zeros_like(domains);
    AT_DISPATCH_FLOATING_TYPES(domains.scalar_type(), op, [&] {
        const auto logs = logs_of<scalar_t>(domains);
        const scalar_t *all = domains.data_ptr<scalar_t>(), *from = gradient.data_ptr<scalar_t>(), *value = jsd.data_ptr<scalar_t>();
        scalar_t* to = out.data_ptr<scalar_t>();
        for_rows(domains, [&](int64_t layer, int64_t own) {
            const int64_t at = (layer * count + own) * experts;
            for (int64_t another = 0; another < count; ++another) {
                if (another == own) continue;
                const int64_t pair = layer * pairs + pair_number(std::min(own, another), std::max(own, another), count);
                if (value[pair] == 0) continue;
                const int64_t other = (layer * count + another) * experts;
                for (int64_t e = 0; e < experts; ++e) {
                    const scalar_t p = all[at + e], middle = scalar_t(0.5) * (p + all[other + e]);
                    to[at + e] += from[pair] * scalar_t(0.5) * (logs[at + e] - log_of(middle) + edl::edges_of(p, middle));
                }
            }
        });
    });
    return out;
}

struct PairwiseJsd : torch::autograd::Function<PairwiseJsd> {
    static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& domains) {
        at::AutoDispatchBelowADInplaceOrView below;
        const auto jsd = ::forward(domains);
        context->save_for_backward({domains, jsd});
        return jsd;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        return {::backward(gradients[0], saved[0], saved[1])};
    }
};

Tensor with_gradient(const Tensor& domains) { return PairwiseJsd::apply(domains); }

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) { library.def("pairwise_jsd(Tensor domains) -> Tensor"); }
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("pairwise_jsd", forward); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("pairwise_jsd", with_gradient); }
