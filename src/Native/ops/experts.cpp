// edl::experts: a layer's experts from sorting the tokens to the sum into the residual stream (kernels/experts_args.h), with gradients.
// T tokens, K choices, D model, E experts, F expert width.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/experts_args.h"
#include "expert_plan.h"
#include "gradients.h"
#include "packed.h"

namespace {

using at::Tensor;
using torch::autograd::variable_list;

constexpr const char* op = "experts";

struct Inputs {
    Tensor residual, h, indices, weights, gate_up, down, gate_up_over_rows, gate_up_over_columns, down_over_rows, down_over_columns;
};

struct Results {
    Tensor y, outputs, activations;
    Tensor plan, gate_up_rows;  // for the gradient
};

edl::Precision check(const Inputs& in) {
    const auto& weight = in.gate_up;
    TORCH_CHECK(in.h.dim() == 2 && in.indices.dim() == 2 && weight.dim() == 3 && in.down.dim() == 3, op,
                ": h and indices are matrices, gate_up and down stacks of them");
    const int64_t tokens = in.h.size(0), dim = in.h.size(1), choices = in.indices.size(1), experts = weight.size(0), width = in.down.size(1);
    TORCH_CHECK(dim > 0 && width > 0 && dim % 16 == 0 && width % 16 == 0, op, ": widths must be multiples of 16; ", dim, " and ", width, " came");
    TORCH_CHECK(experts > 0 && choices > 0, op, ": at least one expert and one choice are needed");
    TORCH_CHECK(in.indices.scalar_type() == at::kLong && in.indices.is_contiguous() && in.indices.is_cpu() && in.indices.size(0) == tokens, op,
                ": indices must be contiguous Int64 [", tokens, ", K] on the host");
    edl::check_float(in.h, {tokens, dim}, op, "h");
    edl::check_float(in.residual, {tokens, dim}, op, "residual");
    edl::check_float(in.weights, {tokens, choices}, op, "weights");
    edl::check_float(in.gate_up, {experts, dim, 2 * width}, op, "gate_up");
    edl::check_float(in.down, {experts, width, dim}, op, "down");
    const auto precision = edl::precision_of(in.gate_up_over_rows, op);
    edl::check_packed(in.gate_up_over_rows, precision, experts, dim, 2 * width, op, "gate_up_over_rows");
    edl::check_packed(in.gate_up_over_columns, precision, experts, 2 * width, dim, op, "gate_up_over_columns");
    edl::check_packed(in.down_over_rows, precision, experts, width, dim, op, "down_over_rows");
    edl::check_packed(in.down_over_columns, precision, experts, dim, width, op, "down_over_columns");
    return precision;
}

edl::ExpertRouting routing_of(const edl::ExpertPlan& plan, const Tensor& weights, int64_t dim, int64_t width) {
    edl::ExpertRouting r{};
    plan.fill(r);
    r.dim = dim;
    r.width = width;
    r.weights = weights.data_ptr<float>();
    r.threads = at::get_num_threads();
    return r;
}

Results forward(const Inputs& in, bool outputs, bool activations, bool keep) {
    const auto precision = check(in);
    const edl::ExpertPlan plan(in.indices, in.gate_up.size(0), op);
    const int64_t tokens = in.h.size(0), dim = in.h.size(1), choices = in.indices.size(1), width = in.down.size(1);
    Results out;
    out.y = edl::empty({tokens, dim}, in.h.options());
    out.outputs = edl::empty({tokens, choices, dim}, in.h.options());
    out.activations = activations ? edl::empty({tokens, choices, width}, in.h.options()) : edl::empty({0}, in.h.options());
    if (keep) {
        out.plan = plan.saved();
        out.gate_up_rows = edl::empty({plan.rows(), 2 * width}, in.gate_up_over_rows.options());
    }
    edl::ExpertsForwardArgs a{};
    a.routing = routing_of(plan, in.weights, dim, width);
    a.residual = in.residual.data_ptr<float>();
    a.h = in.h.data_ptr<float>();
    a.gate_up = in.gate_up_over_rows.data_ptr();
    a.down = in.down_over_rows.data_ptr();
    a.gate_up_rows = keep ? out.gate_up_rows.data_ptr() : nullptr;
    a.y = out.y.data_ptr<float>();
    a.outputs = out.outputs.data_ptr<float>();
    a.activations = activations ? out.activations.data_ptr<float>() : nullptr;
    edl::kernels().experts_forward[precision](a);
    if (!outputs) out.outputs = edl::empty({0}, in.h.options());
    return out;
}

std::tuple<Tensor, Tensor, Tensor> experts(const Tensor& residual, const Tensor& h, const Tensor& indices, const Tensor& weights,
                                           const Tensor& gate_up, const Tensor& down, const Tensor& gate_up_over_rows,
                                           const Tensor& gate_up_over_columns, const Tensor& down_over_rows, const Tensor& down_over_columns,
                                           bool outputs, bool activations) {
    const auto r = forward({residual, h, indices, weights, gate_up, down, gate_up_over_rows, gate_up_over_columns, down_over_rows, down_over_columns},
                           outputs, activations, false);
    return {r.y, r.outputs, r.activations};
}

struct Experts : torch::autograd::Function<Experts> {
    static variable_list forward(torch::autograd::AutogradContext* context, const Tensor& residual, const Tensor& h, const Tensor& indices,
                                 const Tensor& weights, const Tensor& gate_up, const Tensor& down, const Tensor& gate_up_over_rows,
                                 const Tensor& gate_up_over_columns, const Tensor& down_over_rows, const Tensor& down_over_columns, bool outputs,
                                 bool activations) {
        at::AutoDispatchBelowADInplaceOrView below;
        const auto r = ::forward({residual, h, indices, weights, gate_up, down, gate_up_over_rows, gate_up_over_columns, down_over_rows, down_over_columns},
                                 outputs, activations, true);
        context->set_materialize_grads(false);
        variable_list constant;
        if (!outputs) constant.push_back(r.outputs);
        if (!activations) constant.push_back(r.activations);
        context->mark_non_differentiable(constant);
        context->save_for_backward({h, indices, weights, gate_up_over_columns, down_over_columns, r.outputs, r.plan, r.gate_up_rows});
        return {r.y, r.outputs, r.activations};
    }

    static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto &h = saved[0], &indices = saved[1], &weights = saved[2], &gate_up = saved[3], &down = saved[4], &outputs = saved[5];
        const auto& gate_up_rows = saved[7];
        const int64_t tokens = h.size(0), dim = h.size(1), choices = indices.size(1), experts = down.size(0), width = down.size(1) * down.size(3);
        const edl::ExpertPlan plan(saved[6], indices, experts);
        const auto precision = edl::precision_of(gate_up, op);
        const bool of_weights = context->needs_input_grad(4) || context->needs_input_grad(5);

        const auto dy = gradients[0].defined() ? edl::float_gradient(gradients[0]) : at::zeros({tokens, dim}, h.options());
        const auto doutputs = edl::float_gradient(gradients[1]), dactivations = edl::float_gradient(gradients[2]);
        const auto dh = edl::empty({tokens, dim}, h.options()), dh_of_pair = edl::empty({tokens, choices, dim}, h.options());
        const auto dweights = edl::empty({tokens, choices}, h.options());
        Tensor operands, dgate_up, ddown;
        edl::ExpertsBackwardArgs a{};
        a.routing = routing_of(plan, weights, dim, width);
        a.h = h.data_ptr<float>();
        a.gate_up = gate_up.data_ptr();
        a.down = down.data_ptr();
        a.gate_up_rows = gate_up_rows.data_ptr();
        a.dy = edl::pointer(dy);
        a.doutputs = edl::pointer(doutputs);
        a.outputs = a.doutputs ? edl::pointer(outputs) : nullptr;
        a.dactivations = edl::pointer(dactivations);
        a.dh = edl::pointer(dh);
        a.dh_of_pair = edl::pointer(dh_of_pair);
        a.dweights = edl::pointer(dweights);
        if (of_weights) {
            if (!plan.experts_fill(a.routing.threads)) {
                operands = edl::empty({plan.rows() * (2 * dim + 3 * width) * gate_up.element_size()}, h.options().dtype(at::kByte));
                a.operands = operands.data_ptr();
            }
            dgate_up = edl::empty({experts, dim, 2 * width}, h.options());
            ddown = edl::empty({experts, width, dim}, h.options());
            a.dgate_up = edl::pointer(dgate_up);
            a.ddown = edl::pointer(ddown);
        }
        edl::kernels().experts_backward[precision](a);
        return {dy, dh, Tensor(), dweights, dgate_up, ddown, Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
    }
};

std::tuple<Tensor, Tensor, Tensor> experts_autograd(const Tensor& residual, const Tensor& h, const Tensor& indices, const Tensor& weights,
                                                    const Tensor& gate_up, const Tensor& down, const Tensor& gate_up_over_rows,
                                                    const Tensor& gate_up_over_columns, const Tensor& down_over_rows,
                                                    const Tensor& down_over_columns, bool outputs, bool activations) {
    const bool wanted = at::GradMode::is_enabled() && (residual.requires_grad() || h.requires_grad() || weights.requires_grad() ||
                                                       gate_up.requires_grad() || down.requires_grad());
    if (!wanted) {
        at::AutoDispatchBelowADInplaceOrView below;
        return experts(residual, h, indices, weights, gate_up, down, gate_up_over_rows, gate_up_over_columns, down_over_rows, down_over_columns,
                       outputs, activations);
    }
    const auto r = Experts::apply(residual, h, indices, weights, gate_up, down, gate_up_over_rows, gate_up_over_columns, down_over_rows,
                                  down_over_columns, outputs, activations);
    return {r[0], r[1], r[2]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def(
        "experts(Tensor residual, Tensor h, Tensor indices, Tensor weights, Tensor gate_up, Tensor down, Tensor gate_up_over_rows, "
        "Tensor gate_up_over_columns, Tensor down_over_rows, Tensor down_over_columns, bool outputs, bool activations) "
        "-> (Tensor y, Tensor expert_outputs, Tensor activations)");
}

TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("experts", experts); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("experts", experts_autograd); }
