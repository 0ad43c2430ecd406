// edl::adamw_: one pass over memory for a whole list of parameters, where the composite of ATen operators takes about nine.
//
//   g <- scale g;  m <- m + (1 - b1)(g - m);  v <- b2 v + (1 - b2) g²
//   p <- p (1 - lr wd) - lr / (1 - b1^t) · m / (sqrt(v) / sqrt(1 - b2^t) + eps)          (Loshchilov and Hutter 2019, algorithm 2)
//
// Every element is computed on its own, so the result does not depend on the number of threads.
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <cmath>

#include "optional.h"

namespace {

struct Step {
    float scale, beta1, beta2, eps, decay, rate, root_correction;
};

// Memory bound: what matters is that the compiler vectorises it for the machine at hand.
#if defined(__x86_64__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void update(float* __restrict p, const float* __restrict g, float* __restrict m, float* __restrict v, int64_t count, const Step& s) {
    for (int64_t i = 0; i < count; ++i) {
        const float gradient = g[i] * s.scale;
        const float first = m[i] + (1 - s.beta1) * (gradient - m[i]);
        const float second = s.beta2 * v[i] + (1 - s.beta2) * gradient * gradient;
        m[i] = first;
        v[i] = second;
        p[i] = p[i] * s.decay - s.rate * first / (std::sqrt(second) / s.root_correction + s.eps);
    }
}

void check(const at::Tensor& tensor, const at::Tensor& like, const char* name) {
    TORCH_CHECK(tensor.scalar_type() == at::kFloat && tensor.is_contiguous() && tensor.is_cpu(), "adamw_: ", name,
                " must be contiguous Float32 on the host");
    TORCH_CHECK(tensor.sizes() == like.sizes(), "adamw_: ", name, " has sizes ", tensor.sizes(), ", its parameter ", like.sizes());
}

void adamw_(at::TensorList parameters, at::TensorList gradients, at::TensorList first, at::TensorList second, double lr, double beta1,
            double beta2, double eps, double weight_decay, int64_t step, const edl::optional<at::Tensor>& gradient_scale) {
    TORCH_CHECK(gradients.size() == parameters.size() && first.size() == parameters.size() && second.size() == parameters.size(),
                "adamw_: the lists differ in length");
    TORCH_CHECK(step >= 1, "adamw_: steps count from 1, ", step, " came");
    Step s{};
    s.scale = gradient_scale && gradient_scale->defined() ? gradient_scale->item().toFloat() : 1.0f;
    s.beta1 = static_cast<float>(beta1);
    s.beta2 = static_cast<float>(beta2);
    s.eps = static_cast<float>(eps);
    s.decay = static_cast<float>(1 - lr * weight_decay);
    s.rate = static_cast<float>(lr / (1 - std::pow(beta1, static_cast<double>(step))));
    s.root_correction = static_cast<float>(std::sqrt(1 - std::pow(beta2, static_cast<double>(step))));
    for (size_t i = 0; i < parameters.size(); ++i) {
        check(parameters[i], parameters[i], "a parameter");
        check(gradients[i], parameters[i], "a gradient");
        check(first[i], parameters[i], "a first moment");
        check(second[i], parameters[i], "a second moment");
    }
    for (size_t i = 0; i < parameters.size(); ++i) {
        auto* p = parameters[i].data_ptr<float>();
        auto* g = gradients[i].data_ptr<float>();
        auto* m = first[i].data_ptr<float>();
        auto* v = second[i].data_ptr<float>();
        parameters[i].unsafeGetTensorImpl()->bump_version();  // packed copies and saved tensors see that it changed
        at::parallel_for(0, parameters[i].numel(), 1 << 15, [&](int64_t from, int64_t to) {
            update(p + from, g + from, m + from, v + from, to - from, s);
        });
    }
}

}  // namespace

TORCH_LIBRARY(edl, library) {
    library.def(
        "adamw_(Tensor(a!)[] parameters, Tensor[] gradients, Tensor(b!)[] first_moments, Tensor(c!)[] second_moments, float lr, "
        "float beta1, float beta2, float eps, float weight_decay, int step, Tensor? gradient_scale=None) -> ()");
}

TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("adamw_", adamw_); }
