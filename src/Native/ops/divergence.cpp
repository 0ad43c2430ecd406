// edl::divergence: how far apart the mean distributions of classes of rows are: the mean over pairs of the classes present of −log(JSD + ε), or of −JSD, of
// all layers at once. rows [N, R, E], the class of each row (below 0: it counts nowhere) → [N]; 0 where fewer than two classes are present.
//
// The gradient by the means is taken in the same pass, which shares its logarithms. A layer is one task, so the result does not depend on the
// number of threads. A divergence below 0 by rounding is 0 and has no gradient.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <map>
#include <vector>

#include "jensen_shannon.h"

namespace {

using at::Tensor;
using torch::autograd::variable_list;

constexpr const char* op = "divergence";
constexpr int64_t LogsPerTask = 1 << 9;

// The classes present, numbered in their order.
struct Classes {
    std::vector<int64_t> of_row;  // −1: none
    std::vector<double> sizes;

    explicit Classes(const Tensor& labels) : of_row(labels.numel(), -1) {
        const auto* from = labels.data_ptr<int64_t>();
        std::map<int64_t, int64_t> numbers;
        for (int64_t r = 0; r < labels.numel(); ++r)
            if (from[r] >= 0) numbers.emplace(from[r], 0);
        for (auto& [label, number] : numbers) {
            number = count();
            sizes.push_back(0);
        }
        for (int64_t r = 0; r < labels.numel(); ++r)
            if (from[r] >= 0) sizes[of_row[r] = numbers[from[r]]] += 1;
    }
    int64_t count() const { return static_cast<int64_t>(sizes.size()); }
    int64_t pairs() const { return count() * (count() - 1) / 2; }
};

template <typename T>
void average(const T* rows, int64_t experts, const Classes& classes, T* means) {
    std::fill_n(means, classes.count() * experts, T(0));
    for (size_t r = 0; r < classes.of_row.size(); ++r)
        if (classes.of_row[r] >= 0)
            for (int64_t e = 0; e < experts; ++e) means[classes.of_row[r] * experts + e] += rows[r * experts + e];
    for (int64_t c = 0; c < classes.count(); ++c)
        for (int64_t e = 0; e < experts; ++e) means[c * experts + e] /= static_cast<T>(classes.sizes[c]);
}

// The mean over pairs, and its gradient by the means.
template <typename T>
T divergence_of(const T* means, int64_t count, int64_t experts, bool logarithm, T epsilon, T* gradient) {
    std::vector<T> logs(count * experts), middle_logs(experts);
    for (int64_t i = 0; i < count * experts; ++i) logs[i] = edl::log_of(means[i]);
    std::fill_n(gradient, count * experts, T(0));
    const T pairs = static_cast<T>(count * (count - 1) / 2);
    T total = 0;
    for (int64_t first = 0; first < count; ++first)
        for (int64_t second = first + 1; second < count; ++second) {
            const T *p = means + first * experts, *q = means + second * experts, *log_p = &logs[first * experts], *log_q = &logs[second * experts];
            T left = 0, right = 0;
            for (int64_t e = 0; e < experts; ++e) {
                middle_logs[e] = edl::log_of(T(0.5) * (p[e] + q[e]));
                left += p[e] * (log_p[e] - middle_logs[e]);
                right += q[e] * (log_q[e] - middle_logs[e]);
            }
            const T sum = T(0.5) * left + T(0.5) * right, jsd = sum < 0 ? T(0) : sum;  // not a number stays so
            total -= logarithm ? std::log(jsd + epsilon) : jsd;
            if (jsd == 0) continue;
            const T factor = -(logarithm ? 1 / (jsd + epsilon) : T(1)) / pairs * T(0.5);
            for (int64_t e = 0; e < experts; ++e) {
                const T middle = T(0.5) * (p[e] + q[e]);
                gradient[first * experts + e] += factor * (log_p[e] - middle_logs[e] + edl::edges_of(p[e], middle));
                gradient[second * experts + e] += factor * (log_q[e] - middle_logs[e] + edl::edges_of(q[e], middle));
            }
        }
    return total / pairs;
}

void check(const Tensor& rows, const Tensor& labels) {
    TORCH_CHECK(rows.dim() == 3 && rows.is_contiguous() && rows.is_cpu(), op, ": contiguous [layers, rows, experts] on the host are taken, ", rows.sizes(), " came");
    TORCH_CHECK(labels.is_cpu() && labels.is_contiguous() && labels.scalar_type() == at::kLong && labels.numel() == rows.size(1), op,
                ": labels are contiguous Int64 on the host, one a row");
}

struct Divergence : torch::autograd::Function<Divergence> {
    static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& rows, const Tensor& labels, bool logarithm, double epsilon) {
        at::AutoDispatchBelowADInplaceOrView below;
        const Classes classes(labels);
        const int64_t layers = rows.size(0), count = classes.count(), experts = rows.size(2);
        auto values = at::zeros({layers}, rows.options());
        auto gradient = at::zeros({layers, count, experts}, rows.options());
        if (classes.pairs() > 0)
            AT_DISPATCH_FLOATING_TYPES(rows.scalar_type(), op, [&] {
                at::parallel_for(0, layers, std::max<int64_t>(1, LogsPerTask / (classes.pairs() * experts)), [&](int64_t begin, int64_t end) {
                    std::vector<scalar_t> means(count * experts);
                    for (int64_t layer = begin; layer < end; ++layer) {
                        average(rows.data_ptr<scalar_t>() + layer * rows.size(1) * experts, experts, classes, means.data());
                        values.data_ptr<scalar_t>()[layer] = divergence_of(means.data(), count, experts, logarithm, static_cast<scalar_t>(epsilon),
                                                                           gradient.data_ptr<scalar_t>() + layer * count * experts);
                    }
                });
            });
        context->save_for_backward({gradient, labels});
        return values;
    }

    static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto& of_means = saved[0];
        const Classes classes(saved[1]);
        const auto given = gradients[0].contiguous();
        const int64_t layers = of_means.size(0), count = classes.count(), experts = of_means.size(2), rows = saved[1].numel();
        auto out = at::zeros({layers, rows, experts}, of_means.options());
        AT_DISPATCH_FLOATING_TYPES(out.scalar_type(), op, [&] {
            for (int64_t i = 0; i < layers * rows; ++i) {
                const int64_t layer = i / rows, number = classes.of_row[i % rows];
                if (number < 0) continue;
                const scalar_t factor = given.data_ptr<scalar_t>()[layer] / static_cast<scalar_t>(classes.sizes[number]);
                const scalar_t* from = of_means.data_ptr<scalar_t>() + (layer * count + number) * experts;
                for (int64_t e = 0; e < experts; ++e) out.data_ptr<scalar_t>()[i * experts + e] = from[e] * factor;
            }
        });
        return {out, Tensor(), Tensor(), Tensor()};
    }
};

Tensor divergence(const Tensor& rows, const Tensor& labels, bool logarithm, double epsilon) {
    check(rows, labels);
    return Divergence::apply(rows, labels, logarithm, epsilon);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) { library.def("divergence(Tensor rows, Tensor labels, bool logarithm, float epsilon) -> Tensor"); }
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("divergence", divergence); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("divergence", divergence); }
