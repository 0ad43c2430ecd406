// edl::pair_products: the inner products of a token's K rows with each other, g[t][j][k] = <x[t][j], x[t][k]>, in one pass over memory.
//
// A batched product of matrices of K rows starts a small product a token; with K = 2 that costs many times what reading the rows does.
// Backward: dx[t][j] = sum_k (a[t][j][k] + a[t][k][j]) x[t][k]. Every token is computed on its own, so the result does not depend on the
// number of threads.
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

namespace {

constexpr int kLanes = 16;
constexpr int64_t kBytesPerTask = 1 << 16;

#if defined(__x86_64__)
#define EDL_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define EDL_VECTORISED
#endif

// Lanes of their own, so that the additions have one order whatever the compiler and the processor.
#define EDL_DOT(input, sum)                                                                                     \
    EDL_VECTORISED sum dot(const input* __restrict a, const input* __restrict b, int64_t width) {               \
        sum lanes[kLanes] = {};                                                                                 \
        int64_t i = 0;                                                                                          \
        for (; i + kLanes <= width; i += kLanes)                                                                \
            for (int lane = 0; lane < kLanes; ++lane)                                                           \
                lanes[lane] += static_cast<sum>(a[i + lane]) * static_cast<sum>(b[i + lane]);                   \
        for (; i < width; ++i) lanes[i % kLanes] += static_cast<sum>(a[i]) * static_cast<sum>(b[i]);            \
        for (int half = kLanes / 2; half > 0; half /= 2)                                                        \
            for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];                          \
        return lanes[0];                                                                                        \
    }                                                                                                           \
    EDL_VECTORISED void add(input* __restrict to, const input* __restrict row, sum factor, int64_t width, bool first) { \
        if (first)                                                                                              \
            for (int64_t i = 0; i < width; ++i) to[i] = static_cast<input>(factor * static_cast<sum>(row[i]));   \
        else                                                                                                    \
            for (int64_t i = 0; i < width; ++i)                                                                 \
                to[i] = static_cast<input>(static_cast<sum>(to[i]) + factor * static_cast<sum>(row[i]));        \
    }

EDL_DOT(float, float)
EDL_DOT(double, double)
EDL_DOT(c10::BFloat16, float)

at::ScalarType sum_type(at::ScalarType type) { return type == at::kDouble ? at::kDouble : at::kFloat; }

template <typename Function>
void dispatch(at::ScalarType type, Function&& run) {
    if (type == at::kFloat) return run(float{}, float{});
    if (type == at::kDouble) return run(double{}, double{});
    TORCH_CHECK(type == at::kBFloat16, "pair_products: rows in 16 (bfloat16), 32 or 64 bits are taken, ", type, " came");
    run(c10::BFloat16{}, float{});
}

int64_t tokens_per_task(int64_t rows, int64_t width) { return std::max<int64_t>(1, kBytesPerTask / std::max<int64_t>(1, rows * width * 4)); }

at::Tensor forward(const at::Tensor& x) {
    TORCH_CHECK(x.dim() == 3 && x.is_contiguous(), "pair_products: contiguous [tokens, rows, width] is taken, ", x.sizes(), " came");
    const int64_t tokens = x.size(0), rows = x.size(1), width = x.size(2);
    auto products = at::empty({tokens, rows, rows}, x.options().dtype(sum_type(x.scalar_type())));
    dispatch(x.scalar_type(), [&](auto input, auto sum) {
        const auto* from = x.data_ptr<decltype(input)>();
        auto* to = products.data_ptr<decltype(sum)>();
        at::parallel_for(0, tokens, tokens_per_task(rows, width), [&](int64_t begin, int64_t end) {
            for (int64_t t = begin; t < end; ++t)
                for (int64_t j = 0; j < rows; ++j)
                    for (int64_t k = 0; k <= j; ++k) {
                        const auto product = dot(from + (t * rows + j) * width, from + (t * rows + k) * width, width);
                        to[(t * rows + j) * rows + k] = product;
                        to[(t * rows + k) * rows + j] = product;
                    }
        });
    });
    return products;
}

at::Tensor backward(const at::Tensor& gradient, const at::Tensor& x) {
    const int64_t tokens = x.size(0), rows = x.size(1), width = x.size(2);
    auto result = at::empty_like(x);
    const auto a = gradient.to(sum_type(x.scalar_type())).contiguous();
    dispatch(x.scalar_type(), [&](auto input, auto sum) {
        const auto* from = x.data_ptr<decltype(input)>();
        const auto* weight = a.data_ptr<decltype(sum)>();
        auto* to = result.data_ptr<decltype(input)>();
        at::parallel_for(0, tokens, tokens_per_task(rows, width), [&](int64_t begin, int64_t end) {
            for (int64_t t = begin; t < end; ++t)
                for (int64_t j = 0; j < rows; ++j)
                    for (int64_t k = 0; k < rows; ++k)
                        add(to + (t * rows + j) * width, from + (t * rows + k) * width,
                            weight[(t * rows + j) * rows + k] + weight[(t * rows + k) * rows + j], width, k == 0);
        });
    });
    return result;
}

struct PairProducts : torch::autograd::Function<PairProducts> {
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x) {
        at::AutoDispatchBelowADInplaceOrView guard;
        context->save_for_backward({x});
        return ::forward(x);
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
        return {::backward(gradients[0], context->get_saved_variables()[0])};
    }
};

at::Tensor with_gradient(const at::Tensor& x) { return PairProducts::apply(x); }

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) { library.def("pair_products(Tensor x) -> Tensor"); }

TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("pair_products", forward); }

TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("pair_products", with_gradient); }
