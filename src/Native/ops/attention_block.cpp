// edl::attention_block: x + attention(rmsnorm(x) norm) out^T of a decoder layer, causal, grouped-query, with normed and turned heads.
//
// What is kept for the gradient: the input, queries, keys and values as they leave their product, the mixed heads, and two or so
// numbers a token. The rest is computed again.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/attention_args.h"
#include "optional.h"
#include "packed.h"
#include "reduce.h"
#include "squares.h"
#include "update.h"

namespace {

constexpr const char* op = "attention_block";
using OptionalTensor = edl::optional<at::Tensor>;

// The operator's arguments as they come.
struct Inputs {
    const at::Tensor &x, &norm, &qkv, &q_norm, &k_norm, &out, &cosine, &sine, &qkv_over_rows, &qkv_over_columns, &out_over_rows, &out_over_columns;
    const OptionalTensor& starts;
    int64_t batch, heads, kv_heads;
    double eps;
};

// What the forward pass leaves to the backward pass.
struct Kept {
    at::Tensor scale, qkv, mixed, log_sums;
};

void check_starts(const at::Tensor& starts, int64_t batch, int64_t length) {
    TORCH_CHECK(starts.scalar_type() == at::kInt && starts.is_contiguous() && starts.is_cpu() && starts.numel() == batch * length, op,
                ": starts are contiguous Int32 on the host, one a token");
    const auto* start = starts.data_ptr<int32_t>();
    for (int64_t t = 0; t < batch * length; ++t)
        TORCH_CHECK(start[t] >= 0 && start[t] <= t % length, op, ": position ", t % length, " of a sequence cannot start to look at position ", start[t]);
}

void check(const Inputs& in, edl::Precision precision) {
    TORCH_CHECK(in.x.dim() == 2 && in.qkv.dim() == 2 && in.q_norm.dim() == 1, op, ": x is [T, D], qkv is [(H + 2G) R, D], q_norm is [R]");
    TORCH_CHECK(in.batch >= 1 && in.x.size(0) % in.batch == 0, op, ": ", in.x.size(0), " tokens are not ", in.batch, " sequences of one length");
    TORCH_CHECK(in.kv_heads >= 1 && in.heads >= 1 && in.heads % in.kv_heads == 0, op, ": ", in.heads, " query heads cannot share ", in.kv_heads, " key heads evenly");
    const int64_t d = in.x.size(1), width = in.q_norm.size(0), length = in.x.size(0) / in.batch;
    const int64_t mixed = in.heads * width, columns = mixed + 2 * in.kv_heads * width;
    TORCH_CHECK(d % 16 == 0 && d > 0 && width % 16 == 0 && width > 0, op, ": widths must be multiples of 16, ", d, " and ", width, " came");
    edl::check_float(in.x, {in.x.size(0), d}, op, "x");
    edl::check_float(in.norm, {d}, op, "norm");
    edl::check_float(in.qkv, {columns, d}, op, "qkv");
    edl::check_float(in.q_norm, {width}, op, "q_norm");
    edl::check_float(in.k_norm, {width}, op, "k_norm");
    edl::check_float(in.out, {d, mixed}, op, "out");
    edl::check_float(in.cosine, {length, width / 2}, op, "cos");
    edl::check_float(in.sine, {length, width / 2}, op, "sin");
    edl::check_packed(in.qkv_over_rows, precision, 1, columns, d, op, "qkv_over_rows");
    edl::check_packed(in.qkv_over_columns, precision, 1, d, columns, op, "qkv_over_columns");
    edl::check_packed(in.out_over_rows, precision, 1, d, mixed, op, "out_over_rows");
    edl::check_packed(in.out_over_columns, precision, 1, mixed, d, op, "out_over_columns");
    if (in.starts && in.starts->defined()) check_starts(*in.starts, in.batch, length);
}

edl::AttentionArgs arguments(const at::Tensor& x, const at::Tensor& norm, const at::Tensor& q_norm, const at::Tensor& k_norm, const at::Tensor& cosine,
                             const at::Tensor& sine, const at::Tensor& starts, const Kept& kept, int64_t batch, int64_t heads, int64_t kv_heads, double eps) {
    edl::AttentionArgs a{};
    a.batch = batch;
    a.length = x.size(0) / batch;
    a.dim = x.size(1);
    a.heads = heads;
    a.kv_heads = kv_heads;
    a.width = q_norm.size(0);
    a.eps = static_cast<float>(eps);
    a.threads = at::get_num_threads();
    a.x = x.data_ptr<float>();
    a.norm = norm.data_ptr<float>();
    a.q_norm = q_norm.data_ptr<float>();
    a.k_norm = k_norm.data_ptr<float>();
    a.cosine = cosine.data_ptr<float>();
    a.sine = sine.data_ptr<float>();
    a.starts = starts.defined() ? starts.data_ptr<int32_t>() : nullptr;
    a.scale = kept.scale.data_ptr<float>();
    a.qkv = kept.qkv.data_ptr();
    a.mixed = kept.mixed.data_ptr();
    a.log_sums = kept.log_sums.data_ptr<float>();
    return a;
}

at::Tensor forward(const Inputs& in, Kept& kept) {
    const auto precision = edl::precision_of(in.qkv_over_rows, op);
    check(in, precision);
    const int64_t tokens = in.x.size(0), width = in.q_norm.size(0);
    const auto multiplied = in.x.options().dtype(in.qkv_over_rows.scalar_type());
    kept.scale = edl::empty({tokens}, in.x.options());
    kept.qkv = edl::empty({tokens, (in.heads + 2 * in.kv_heads) * width}, multiplied);
    kept.mixed = edl::empty({tokens, in.heads * width}, multiplied);
    kept.log_sums = edl::empty({tokens, in.heads}, in.x.options());
    auto y = edl::empty(in.x.sizes(), in.x.options());
    auto a = arguments(in.x, in.norm, in.q_norm, in.k_norm, in.cosine, in.sine, in.starts ? *in.starts : at::Tensor(), kept, in.batch, in.heads, in.kv_heads, in.eps);
    a.qkv_over_columns = in.qkv_over_columns.data_ptr();
    a.out_over_columns = in.out_over_columns.data_ptr();
    a.y = y.data_ptr<float>();
    a.background = edl::beside({&in.qkv_over_columns, &in.out_over_columns});
    if (tokens > 0) edl::kernels().attention_block[precision](a);
    return y;
}

struct AttentionBlock : torch::autograd::Function<AttentionBlock> {
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& norm, const at::Tensor& qkv,
                              const at::Tensor& q_norm, const at::Tensor& k_norm, const at::Tensor& out, const Inputs& in) {
        at::AutoDispatchBelowADInplaceOrView below;
        Kept kept;
        auto y = ::forward(in, kept);
        context->save_for_backward({x, norm, q_norm, k_norm, in.cosine, in.sine, in.starts ? *in.starts : at::Tensor(), in.qkv_over_rows, in.out_over_rows,
                                    kept.scale, kept.qkv, kept.mixed, kept.log_sums});
        context->saved_data["batch"] = in.batch;
        context->saved_data["heads"] = in.heads;
        context->saved_data["kv_heads"] = in.kv_heads;
        context->saved_data["eps"] = in.eps;
        return y;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
        TORCH_CHECK(!at::GradMode::is_enabled(), op, " has no second derivative");
        if (!gradients[0].defined()) return torch::autograd::variable_list(7);
        at::AutoDispatchBelowADInplaceOrView below;
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0], &q_norm = saved[2], &qkv_over_rows = saved[7], &out_over_rows = saved[8];
        const auto dy = gradients[0].contiguous();
        Kept kept{saved[9], saved[10], saved[11], saved[12]};
        edl::AttentionBackwardArgs b{};
        b.forward = arguments(x, saved[1], q_norm, saved[3], saved[4], saved[5], saved[6], kept, context->saved_data["batch"].toInt(),
                              context->saved_data["heads"].toInt(), context->saved_data["kv_heads"].toInt(), context->saved_data["eps"].toDouble());
        const auto& a = b.forward;
        const int64_t tokens = x.size(0), mixed = a.heads * a.width, columns = mixed + 2 * a.kv_heads * a.width;
        const int64_t blocks = (tokens + edl::BlockRows - 1) / edl::BlockRows, tokens_packed = (tokens + 1) / 2 * 2;
        auto zeros_if_empty = [&](at::IntArrayRef sizes) { return tokens > 0 ? edl::empty(sizes, x.options()) : at::zeros(sizes, x.options()); };
        auto dx = edl::empty_like(x), dqkv = zeros_if_empty({columns, a.dim}), dout = zeros_if_empty({a.dim, mixed});
        auto dnorm = edl::empty({blocks, a.dim}, x.options());
        auto dq_norm = zeros_if_empty({a.batch * a.kv_heads, a.width}), dk_norm = zeros_if_empty({a.batch * a.kv_heads, a.width});
        auto deltas = edl::empty({tokens, a.heads}, x.options()), squares = edl::empty({columns + a.dim}, x.options());
        auto working = [&](int64_t rows, int64_t width) { return edl::empty({rows, width}, kept.qkv.options()); };
        auto dmixed = working(tokens, mixed), dheads = working(tokens, columns), packed_dy = working(tokens_packed, a.dim),
             packed_mixed = working(tokens_packed, mixed), packed_dqkv = working(tokens_packed, columns), packed_x = working(tokens_packed, a.dim);
        b.dy = dy.data_ptr<float>();
        b.qkv_over_rows = qkv_over_rows.data_ptr();
        b.out_over_rows = out_over_rows.data_ptr();
        b.dmixed = dmixed.data_ptr();
        b.deltas = deltas.data_ptr<float>();
        b.dqkv = dheads.data_ptr();
        b.packed_dy = packed_dy.data_ptr();
        b.packed_mixed = packed_mixed.data_ptr();
        b.packed_dqkv = packed_dqkv.data_ptr();
        b.packed_x = packed_x.data_ptr();
        b.dx = dx.data_ptr<float>();
        b.dnorm = dnorm.data_ptr<float>();
        b.dq_norm = dq_norm.data_ptr<float>();
        b.dk_norm = dk_norm.data_ptr<float>();
        b.dwqkv = dqkv.data_ptr<float>();
        b.dwout = dout.data_ptr<float>();
        b.squares = squares.data_ptr<float>();
        if (tokens > 0) {
            edl::kernels().attention_block_backward[kept.qkv.scalar_type() == at::kBFloat16 ? edl::Bf16 : edl::Fp32](b);
            edl::keep_squares(dqkv, edl::sum_of(b.squares, columns));
            edl::keep_squares(dout, edl::sum_of(b.squares + columns, a.dim));
        }
        return {dx, edl::sum_rows(dnorm), dqkv, edl::sum_rows(dq_norm), edl::sum_rows(dk_norm), dout, {}};
    }
};

at::Tensor plain(const at::Tensor& x, const at::Tensor& norm, const at::Tensor& qkv, const at::Tensor& q_norm, const at::Tensor& k_norm,
                 const at::Tensor& out, const at::Tensor& cosine, const at::Tensor& sine, const at::Tensor& qkv_over_rows,
                 const at::Tensor& qkv_over_columns, const at::Tensor& out_over_rows, const at::Tensor& out_over_columns, const OptionalTensor& starts,
                 int64_t batch, int64_t heads, int64_t kv_heads, double eps) {
    Kept dropped;
    return forward({x, norm, qkv, q_norm, k_norm, out, cosine, sine, qkv_over_rows, qkv_over_columns, out_over_rows, out_over_columns, starts, batch, heads,
                    kv_heads, eps}, dropped);
}

at::Tensor with_gradient(const at::Tensor& x, const at::Tensor& norm, const at::Tensor& qkv, const at::Tensor& q_norm, const at::Tensor& k_norm,
                         const at::Tensor& out, const at::Tensor& cosine, const at::Tensor& sine, const at::Tensor& qkv_over_rows,
                         const at::Tensor& qkv_over_columns, const at::Tensor& out_over_rows, const at::Tensor& out_over_columns,
                         const OptionalTensor& starts, int64_t batch, int64_t heads, int64_t kv_heads, double eps) {
    bool wanted = false;
    for (const auto* tensor : {&x, &norm, &qkv, &q_norm, &k_norm, &out}) wanted = wanted || tensor->requires_grad();
    const Inputs in{x, norm, qkv, q_norm, k_norm, out, cosine, sine, qkv_over_rows, qkv_over_columns, out_over_rows, out_over_columns, starts, batch, heads,
                    kv_heads, eps};
    if (at::GradMode::is_enabled() && wanted) return AttentionBlock::apply(x, norm, qkv, q_norm, k_norm, out, in);
    at::AutoDispatchBelowADInplaceOrView below;
    Kept dropped;
    return forward(in, dropped);
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def(
        "attention_block(Tensor x, Tensor norm, Tensor qkv, Tensor q_norm, Tensor k_norm, Tensor out, Tensor cos, Tensor sin, Tensor qkv_over_rows, "
        "Tensor qkv_over_columns, Tensor out_over_rows, Tensor out_over_columns, Tensor? starts, int batch, int heads, int kv_heads, float eps) -> Tensor");
}
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("attention_block", plain); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("attention_block", with_gradient); }
