// edl::experts: a layer's experts from sorting the tokens to the sum into the residual stream (kernels/experts_args.h), with gradients.
// T tokens, K choices, D model, E experts, F expert width.
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "../kernels/experts_args.h"
#include "expert_plan.h"
#include "gradients.h"
#include "packed.h"
#include "reduce.h"
#include "squares.h"
#include "update.h"

namespace {

using at::Tensor;
using torch::autograd::variable_list;
using Shown = std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor>;

constexpr const char* op = "experts";

struct Inputs {
    Tensor residual, h, indices, weights, gate_up, down, gate_up_over_rows, gate_up_over_columns, down_over_rows, down_over_columns;
};

// What comes out beside the sum.
struct Wanted {
    bool outputs, activations, output_products, activation_products;
};

// What was not wanted is empty.
struct Results {
    Tensor y, outputs, activations, output_products, activation_products;
    Tensor plan, gate_up_rows, kept_outputs, multiplied_activations;  // for the gradient

    variable_list shown() const { return {y, outputs, activations, output_products, activation_products}; }
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

Results forward(const Inputs& in, const Wanted& wanted, bool keep) {
    const auto precision = check(in);
    const edl::ExpertPlan plan(in.indices, in.gate_up.size(0), op);
    const int64_t tokens = in.h.size(0), dim = in.h.size(1), choices = in.indices.size(1), width = in.down.size(1);
    const bool products = wanted.output_products || wanted.activation_products;
    TORCH_CHECK(!products || choices <= edl::ExpertChoices, op, ": products of at most ", edl::ExpertChoices, " rows of a token are made; it has ", choices);
    const auto fresh = [&](bool asked, at::IntArrayRef sizes) { return asked ? edl::empty(sizes, in.h.options()) : edl::empty({0}, in.h.options()); };
    Results out;
    out.y = fresh(true, {tokens, dim});
    const bool asked = wanted.outputs || wanted.output_products;
    const auto outputs = edl::empty({tokens, choices, dim}, asked ? in.h.options() : in.down_over_rows.options());
    out.outputs = wanted.outputs ? outputs : fresh(false, {});
    out.kept_outputs = asked ? outputs : fresh(false, {});
    out.activations = fresh(wanted.activations, {tokens, choices, width});
    out.output_products = fresh(wanted.output_products, {tokens, choices, choices});
    out.activation_products = fresh(wanted.activation_products, {tokens, choices, choices});
    if (wanted.activation_products) out.multiplied_activations = edl::empty({tokens, choices, width}, in.gate_up_over_rows.options());
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
    a.outputs = outputs.data_ptr();
    a.asked = asked;
    a.activations = wanted.activations ? out.activations.data_ptr<float>() : nullptr;
    a.output_products = wanted.output_products ? out.output_products.data_ptr<float>() : nullptr;
    if (wanted.activation_products) {
        a.activation_products = out.activation_products.data_ptr<float>();
        a.multiplied_activations = out.multiplied_activations.data_ptr();
    }
    a.background = edl::beside({&in.gate_up_over_rows, &in.down_over_rows});
    edl::kernels().experts_forward[precision](a);
    return out;
}

// squares [E, panels of gate and up, then of down].
void keep(const Tensor& dgate_up, const Tensor& ddown, const Tensor& squares) {
    const int64_t panels = squares.size(1), up_panels = dgate_up.size(2) / edl::kernels().lanes;
    double up = 0, down = 0;
    for (int64_t expert = 0; expert < squares.size(0); ++expert) {
        const float* of_expert = squares.data_ptr<float>() + expert * panels;
        up += edl::sum_of(of_expert, up_panels);
        down += edl::sum_of(of_expert + up_panels, panels - up_panels);
    }
    edl::keep_squares(dgate_up, up);
    edl::keep_squares(ddown, down);
}

struct Experts : torch::autograd::Function<Experts> {
    // The inputs once more as tensors, so that autograd sees them.
    static variable_list forward(torch::autograd::AutogradContext* context, const Tensor& residual, const Tensor& h, const Tensor& weights, const Tensor& gate_up,
                                 const Tensor& down, const Inputs& in, const Wanted& wanted) {
        at::AutoDispatchBelowADInplaceOrView below;
        const auto r = ::forward(in, wanted, true);
        context->set_materialize_grads(false);
        variable_list constant;
        for (const auto& result : r.shown())
            if (result.dim() == 1) constant.push_back(result);
        context->mark_non_differentiable(constant);
        context->save_for_backward({h, in.indices, weights, in.gate_up_over_columns, in.down_over_columns, r.kept_outputs, r.plan, r.gate_up_rows, r.multiplied_activations});
        return r.shown();
    }

    static variable_list backward(torch::autograd::AutogradContext* context, variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto &h = saved[0], &indices = saved[1], &weights = saved[2], &gate_up = saved[3], &down = saved[4], &outputs = saved[5];
        const auto &gate_up_rows = saved[7], &multiplied_activations = saved[8];
        const int64_t tokens = h.size(0), dim = h.size(1), choices = indices.size(1), experts = down.size(0), width = down.size(1) * down.size(3);
        const edl::ExpertPlan plan(saved[6], indices, experts);
        const auto precision = edl::precision_of(gate_up, op);
        const bool of_weights = context->needs_input_grad(3) || context->needs_input_grad(4);

        const auto dy = gradients[0].defined() ? edl::float_gradient(gradients[0]) : at::zeros({tokens, dim}, h.options());
        const auto doutputs = edl::float_gradient(gradients[1]), dactivations = edl::float_gradient(gradients[2]),
                   doutput_products = edl::float_gradient(gradients[3]), dactivation_products = edl::float_gradient(gradients[4]);
        const auto dh = edl::empty({tokens, dim}, h.options()), dh_of_pair = edl::empty({tokens, choices, dim}, gate_up.options());
        const auto dweights = edl::empty({tokens, choices}, h.options());
        Tensor operands, dgate_up, ddown, squares;
        edl::ExpertsBackwardArgs a{};
        a.routing = routing_of(plan, weights, dim, width);
        a.h = h.data_ptr<float>();
        a.gate_up = gate_up.data_ptr();
        a.down = down.data_ptr();
        a.gate_up_rows = gate_up_rows.data_ptr();
        a.dy = edl::pointer(dy);
        a.doutputs = edl::pointer(doutputs);
        a.doutput_products = edl::pointer(doutput_products);
        a.outputs = a.doutputs || a.doutput_products ? edl::pointer(outputs) : nullptr;
        a.dactivations = edl::pointer(dactivations);
        a.dactivation_products = edl::pointer(dactivation_products);
        a.multiplied_activations = a.dactivation_products ? multiplied_activations.data_ptr() : nullptr;
        a.dh = edl::pointer(dh);
        a.dh_of_pair = dh_of_pair.data_ptr();
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
            squares = edl::empty({experts, (2 * width + dim) / edl::kernels().lanes}, h.options());
            a.squares = edl::pointer(squares);
        }
        edl::kernels().experts_backward[precision](a);
        if (of_weights) keep(dgate_up, ddown, squares);
        return {dy, dh, dweights, dgate_up, ddown, Tensor(), Tensor()};
    }
};

Shown experts(const Tensor& residual, const Tensor& h, const Tensor& indices, const Tensor& weights, const Tensor& gate_up, const Tensor& down,
              const Tensor& gate_up_over_rows, const Tensor& gate_up_over_columns, const Tensor& down_over_rows, const Tensor& down_over_columns, bool outputs,
              bool activations, bool output_products, bool activation_products) {
    const auto r = forward({residual, h, indices, weights, gate_up, down, gate_up_over_rows, gate_up_over_columns, down_over_rows, down_over_columns},
                           {outputs, activations, output_products, activation_products}, false);
    return {r.y, r.outputs, r.activations, r.output_products, r.activation_products};
}

Shown experts_autograd(const Tensor& residual, const Tensor& h, const Tensor& indices, const Tensor& weights, const Tensor& gate_up, const Tensor& down,
                       const Tensor& gate_up_over_rows, const Tensor& gate_up_over_columns, const Tensor& down_over_rows, const Tensor& down_over_columns,
                       bool outputs, bool activations, bool output_products, bool activation_products) {
    const bool wanted = at::GradMode::is_enabled() && (residual.requires_grad() || h.requires_grad() || weights.requires_grad() ||
                                                       gate_up.requires_grad() || down.requires_grad());
    if (!wanted) {
        at::AutoDispatchBelowADInplaceOrView below;
        return experts(residual, h, indices, weights, gate_up, down, gate_up_over_rows, gate_up_over_columns, down_over_rows, down_over_columns, outputs,
                       activations, output_products, activation_products);
    }
    const auto r = Experts::apply(residual, h, weights, gate_up, down,
                                  Inputs{residual, h, indices, weights, gate_up, down, gate_up_over_rows, gate_up_over_columns, down_over_rows, down_over_columns},
                                  Wanted{outputs, activations, output_products, activation_products});
    return {r[0], r[1], r[2], r[3], r[4]};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def(
        "experts(Tensor residual, Tensor h, Tensor indices, Tensor weights, Tensor gate_up, Tensor down, Tensor gate_up_over_rows, "
        "Tensor gate_up_over_columns, Tensor down_over_rows, Tensor down_over_columns, bool outputs, bool activations, bool output_products, "
        "bool activation_products) -> (Tensor y, Tensor expert_outputs, Tensor activations, Tensor output_products, Tensor activation_products)");
}

TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("experts", experts); }
TORCH_LIBRARY_IMPL(edl, AutogradCPU, library) { library.impl("experts", experts_autograd); }
