// edl::head_loss: last norm, output head and next-token loss together.
//
//   nll = −Σ_t log softmax(rmsnorm(x_t) norm · head^T)[target_t]  over the targets that are not ignored
//
// The forward pass computes the gradients as well, multiplied by gradient_scale, because it has the logits at hand; the backward
// pass multiplies by what is left of its own gradient, which is nothing where the scale was foreseen.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/head_loss_args.h"
#include "number.h"
#include "packed.h"
#include "reduce.h"
#include "squares.h"
#include "update.h"

namespace {

// Gradients of logits kept at a time, in bytes: tokens are taken in chunks that need no more.
constexpr int64_t ChunkBytes = 64 << 20;

struct Head {
    at::Tensor nll, dx, dnorm, dhead;
    double dhead_squares = 0;
};

Head head_loss(const at::Tensor& x, const at::Tensor& norm, const at::Tensor& head, const at::Tensor& targets, const at::Tensor& over_rows,
               const at::Tensor& over_columns, int64_t ignore, double scale, double eps, bool gradient) {
    const char* op = "head_loss";
    TORCH_CHECK(x.dim() == 2 && head.dim() == 2, op, ": x is [T, D] and head is [V, D]");
    const int64_t tokens = x.size(0), d = x.size(1), vocabulary = head.size(0);
    const auto precision = edl::precision_of(over_rows, op);
    TORCH_CHECK(scale > 0, op, ": gradient_scale must be above 0");
    TORCH_CHECK(d % 16 == 0, op, ": the width must be a multiple of 16, ", d, " came");
    edl::check_float(x, {tokens, d}, op, "x");
    edl::check_float(norm, {d}, op, "norm");
    edl::check_float(head, {vocabulary, d}, op, "head");
    edl::check_packed(over_rows, precision, 1, vocabulary, d, op, "head_over_rows");
    edl::check_packed(over_columns, precision, 1, d, vocabulary, op, "head_over_columns");
    TORCH_CHECK(targets.scalar_type() == at::kLong && targets.is_contiguous() && targets.numel() == tokens, op, ": targets are contiguous Int64, one a token");
    const auto* target = targets.data_ptr<int64_t>();
    for (int64_t t = 0; t < tokens; ++t)
        TORCH_CHECK(target[t] == ignore || (target[t] >= 0 && target[t] < vocabulary), op, ": target ", target[t], " is not in a vocabulary of ", vocabulary);

    edl::beside({&over_rows});
    Head out;
    out.nll = edl::empty({tokens}, x.options());
    at::Tensor dlogits, normed, blocks, squares;
    const int64_t bytes = precision == edl::Bf16 ? 2 : 4, step = precision == edl::Bf16 ? 2 : 1, columns = (vocabulary + 15) / 16 * 16;
    int64_t chunk = std::max<int64_t>(edl::HeadRows, ChunkBytes / (columns * bytes) / edl::HeadRows * edl::HeadRows);
    if (gradient) {
        chunk = std::min(chunk, (tokens + step - 1) / step * step);
        const auto packed_type = x.options().dtype(over_rows.scalar_type());
        out.dx = edl::empty_like(x);
        out.dhead = edl::empty_like(head);
        squares = edl::empty({vocabulary}, x.options());
        dlogits = edl::empty({columns * ((chunk + step - 1) / step) * step}, packed_type);
        normed = edl::empty({d * ((chunk + step - 1) / step) * step}, packed_type);
    } else {
        chunk = tokens;
    }
    const int64_t block_count = (tokens + edl::HeadRows - 1) / edl::HeadRows;
    blocks = edl::empty({block_count, d}, x.options());
    const int threads = at::get_num_threads();
    for (int64_t from = 0; from < tokens; from += chunk) {
        const int64_t count = std::min(chunk, tokens - from);
        edl::HeadLossArgs a{};
        a.x = x.data_ptr<float>() + from * d;
        a.norm = norm.data_ptr<float>();
        a.targets = target + from;
        a.ignore = ignore;
        a.over_columns = over_columns.data_ptr();
        a.over_rows = over_rows.data_ptr();
        a.tokens = count;
        a.dim = d;
        a.vocabulary = vocabulary;
        a.eps = static_cast<float>(eps);
        a.scale = static_cast<float>(scale);
        a.nll = out.nll.data_ptr<float>() + from;
        a.dnorm = blocks.data_ptr<float>() + from / edl::HeadRows * d;
        a.threads = threads;
        if (gradient) {
            a.dx = out.dx.data_ptr<float>() + from * d;
            a.normed = normed.data_ptr();
            a.dlogits = dlogits.data_ptr();
        }
        edl::kernels().head_loss[precision](a);
        if (gradient) {
            edl::kernels().head_gradient[precision]({a.normed, a.dlogits, count, d, vocabulary, a.scale, from > 0, out.dhead.data_ptr<float>(),
                                                     from + count == tokens ? squares.data_ptr<float>() : nullptr, threads});
        }
    }
    if (gradient) {
        if (tokens == 0) out.dhead.zero_();
        out.dnorm = edl::sum_rows(blocks);
        if (tokens > 0) out.dhead_squares = edl::sum_of(squares.data_ptr<float>(), vocabulary);
    }
    return out;
}

std::tuple<at::Tensor, at::Tensor> plain(const at::Tensor& x, const at::Tensor& norm, const at::Tensor& head, const at::Tensor& targets,
                                         const at::Tensor& over_rows, const at::Tensor& over_columns, int64_t ignore, double scale, double eps) {
    auto out = head_loss(x, norm, head, targets, over_rows, over_columns, ignore, scale, eps, false);
    return {edl::sum_all(out.nll), out.nll};
}

struct HeadLoss : torch::autograd::Function<HeadLoss> {
    static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& norm,
                                                  const at::Tensor& head, const at::Tensor& targets, const at::Tensor& over_rows,
                                                  const at::Tensor& over_columns, int64_t ignore, double scale, double eps) {
        at::AutoDispatchBelowADInplaceOrView below;
        auto out = head_loss(x, norm, head, targets, over_rows, over_columns, ignore, scale, eps, true);
        context->saved_data["dx"] = out.dx;
        context->saved_data["dnorm"] = out.dnorm;
        context->saved_data["dhead"] = out.dhead;
        context->saved_data["dhead_squares"] = out.dhead_squares;
        context->saved_data["scale"] = scale;
        context->mark_non_differentiable({out.nll});
        return {edl::sum_all(out.nll), out.nll};
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
        auto take = [&](const char* name) {
            auto found = context->saved_data.find(name);
            TORCH_CHECK(found != context->saved_data.end(), "head_loss: a second backward pass through the same loss");
            auto value = found->second.toTensor();
            context->saved_data.erase(found);  // so that autograd may take the memory over
            return value;
        };
        auto dx = take("dx"), dnorm = take("dnorm"), dhead = take("dhead");
        const float foreseen = static_cast<float>(context->saved_data["scale"].toDouble());
        const float asked = edl::number(gradients[0]).toFloat();
        if (asked != foreseen) {
            for (auto* gradient : {&dx, &dnorm, &dhead}) gradient->mul_(double(asked) / double(foreseen));
        } else if (dx.numel() > 0) {
            edl::keep_squares(dhead, context->saved_data["dhead_squares"].toDouble());
        }
        return {dx, dnorm, dhead, {}, {}, {}, {}, {}, {}};
    }
};

std::tuple<at::Tensor, at::Tensor> with_gradient(const at::Tensor& x, const at::Tensor& norm, const at::Tensor& head, const at::Tensor& targets,
                                                 const at::Tensor& over_rows, const at::Tensor& over_columns, int64_t ignore, double scale, double eps) {
    if (!at::GradMode::is_enabled() || !(x.requires_grad() || norm.requires_grad() || head.requires_grad())) {
        at::AutoDispatchBelowADInplaceOrView below;
        return plain(x, norm, head, targets, over_rows, over_columns, ignore, scale, eps);
    }
    auto out = HeadLoss::apply(x, norm, head, targets, over_rows, over_columns, ignore, scale, eps);
    return {out[0], out[1]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def(
        "head_loss(Tensor x, Tensor norm, Tensor head, Tensor targets, Tensor head_over_rows, Tensor head_over_columns, int ignore_index, "
        "float gradient_scale, float eps) -> (Tensor nll, Tensor nll_by_token)");
}
TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("head_loss", plain); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("head_loss", with_gradient); }
