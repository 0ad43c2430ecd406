// The gradients of experts_forward.cpp. For a row of token t and weight w:
//
//   gradient of the expert's output   w dy_t (+ what comes into the captured output)
//   of its activation                 w (dy_t @ down^T)  (+ what comes into the captured activation)
//   of its weight                     <dy_t @ down^T, activation>
//
// The activation is computed again from gate and up. The rows' part packs what the weights' gradients are made of, which are products
// over an expert's rows: an expert is one task while those operands are near, or, where a few experts have most of the rows, its
// blocks are tasks and then its gradients' panels. Sums are taken in the same order.
#include "expert_rows.h"
#include "expert_weight_gradients.h"
#include "powers.h"
#include "scratch.h"
#include "token_products.h"

namespace edl {
namespace EDL_ISA {

// One row of the next function, own(d): what its output has as a gradient of its own, from column d on.
template <class T, class Own>
inline __attribute__((always_inline)) void output_gradient(const ExpertsBackwardArgs& a, const ExpertRows& rows, int64_t i, T* dy, const Own& own) {
    const int64_t dim = a.routing.dim;
    const float *from = a.dy + rows.token(i) * dim, *output = a.outputs + rows.pairs[i] * dim;
    const vf weight = splat(rows.weight(i));
    vf dot = {};
    for (int64_t d = 0; d < dim; d += Lanes) {
        const vf x = load(from + d);
        dot = dot + x * load(output + d);
        store(dy + i * dim + d, x * weight + own(d));
    }
    a.dweights[rows.pairs[i]] = sum(dot);
}

// The gradients of a block's outputs in T, and the factor by which those of its weights and activations are to be multiplied.
// Where outputs have a gradient of their own the factor is in the gradients already, and the weights' gradients are <dy, output>.
template <class T, int Choices>
inline void output_gradients(const ExpertsBackwardArgs& a, const ExpertRows& rows, T* dy) {
    const int64_t dim = a.routing.dim, choices = Choices ? Choices : a.routing.choices;
    for (int64_t i = 0; i < rows.count; ++i) {
        const int64_t pair = rows.pairs[i];
        if (i + TokensAhead < rows.count) {
            const int64_t token = rows.token(i + TokensAhead);
            fetch_row(a.dy + token * dim, dim);
            fetch_row(a.outputs + token * choices * dim, choices * dim);
        }
        const auto captured = [&](int64_t d) __attribute__((always_inline)) { return load(a.doutputs + pair * dim + d); };
        if (!a.doutput_products) {
            output_gradient(a, rows, i, dy, captured);
            continue;
        }
        const ProductGradient<float, Choices> products(a.routing, pair, a.outputs, dim, a.doutput_products);
        if (a.doutputs)
            output_gradient(a, rows, i, dy, [&](int64_t d) __attribute__((always_inline)) { return captured(d) + products.at(d); });
        else
            output_gradient(a, rows, i, dy, [&](int64_t d) __attribute__((always_inline)) { return products.at(d); });
    }
}

struct SwiGluGradient {
    vf dgate, dup, activation, dot;
};

// x is the gradient of the activation before the factor; `captured` comes in without it.
inline __attribute__((always_inline)) SwiGluGradient swiglu_gradient(vf gate, vf up, vf x, vf factor, vf captured) {
    const vf s = sigmoid(gate), silu = gate * s, activation = silu * up;
    const vf d = x * factor + captured;
    return {d * up * (s + silu * (1.0f - s)), d * silu, activation * factor, x * activation};
}

// The gradients of rows i and, where there is one, i + 1 before the activation: row-major in dgate_up, and packed. captured(j, f): what the
// activation of row i + j has as a gradient of its own, from column f on.
template <class T, int Rows, class Captured>
inline void activation_gradients(const ExpertsBackwardArgs& a, const ExpertRows& rows, const PackedExpertRows<T>& packed, int64_t i,
                                 const float* dactivation, T* dgate_up, const Captured& captured) {
    const int64_t width = a.routing.width;
    vf dots[Rows] = {};
    for (int64_t f = 0; f < width; f += Lanes) {
        SwiGluGradient both[2] = {};
#pragma GCC unroll 2
        for (int j = 0; j < Rows; ++j) {
            const T* gate = (const T*)a.gate_up_rows + (rows.first_row + i + j) * 2 * width + f;
            both[j] = swiglu_gradient(load(gate), load(gate + width), load(dactivation + (i + j) * width + f),
                                      splat(a.outputs ? 1.0f : rows.weight(i + j)), captured(j, f));
            dots[j] += both[j].dot;
            store(dgate_up + (i + j) * 2 * width + f, both[j].dgate);
            store(dgate_up + (i + j) * 2 * width + width + f, both[j].dup);
        }
        packed.template put<Rows>(i, f / Lanes, both[0], both[1]);
    }
    if (!a.outputs)
        for (int j = 0; j < Rows; ++j) a.dweights[rows.pairs[i + j]] = sum(dots[j]);
}

template <class T, int Rows, int Choices>
inline void activation_gradients(const ExpertsBackwardArgs& a, const ExpertRows& rows, const PackedExpertRows<T>& packed, int64_t i,
                                 const float* dactivation, T* dgate_up) {
    const int64_t width = a.routing.width, row_of_token = a.routing.choices * width;
    const auto with = [&](const auto& own) __attribute__((always_inline)) { activation_gradients<T, Rows>(a, rows, packed, i, dactivation, dgate_up, own); };
    const auto captured = [&](int j, int64_t f) __attribute__((always_inline)) { return load(a.dactivations + rows.pairs[i + j] * width + f); };
    if (!a.dactivation_products && !a.dactivations) return with([](int, int64_t) __attribute__((always_inline)) { return vf{}; });
    if (!a.dactivation_products) return with(captured);
    if (i + TokensAhead + 1 < rows.count)
        for (int j = 0; j < Rows; ++j) fetch_row((const T*)a.multiplied_activations + rows.token(i + TokensAhead + j) * row_of_token, row_of_token);
    const auto of = [&](int64_t row) __attribute__((always_inline)) {
        return ProductGradient<T, Choices>(a.routing, rows.pairs[row], a.multiplied_activations, width, a.dactivation_products);
    };
    const ProductGradient<T, Choices> products[2] = {of(i), of(i + Rows - 1)};
    if (a.dactivations) return with([&](int j, int64_t f) __attribute__((always_inline)) { return captured(j, f) + products[j].at(f); });
    with([&](int j, int64_t f) __attribute__((always_inline)) { return products[j].at(f); });
}

template <class T, int Choices>
inline void activation_gradients(const ExpertsBackwardArgs& a, const ExpertRows& rows, const PackedExpertRows<T>& packed, const float* dactivation, T* dgate_up) {
    int64_t i = 0;
    for (; i + 2 <= rows.count; i += 2) activation_gradients<T, 2, Choices>(a, rows, packed, i, dactivation, dgate_up);
    if (i < rows.count) activation_gradients<T, 1, Choices>(a, rows, packed, i, dactivation, dgate_up);
}

template <class T>
inline void experts_backward_block(const ExpertsBackwardArgs& a, const ExpertBlock& block, const ExpertOperands<T>* operands) {
    const ExpertRows rows(a.routing, block);
    const int64_t dim = a.routing.dim, width = a.routing.width;
    const word* gate_up_weight = (const word*)a.gate_up + rows.expert * packed_words<T>(2 * width, dim);
    const word* down_weight = (const word*)a.down + rows.expert * packed_words<T>(dim, width);
    Cut cut{scratch(ExpertBlockRows * ((dim + 2 * width) * int64_t(sizeof(T)) + width * 4))};
    T* dy = cut.take<T>(ExpertBlockRows * dim);
    T* dgate_up = cut.take<T>(ExpertBlockRows * 2 * width);
    float* dactivation = cut.take<float>(ExpertBlockRows * width);

    const bool two = a.routing.choices == 2;
    if (!a.outputs)
        gather(rows, a.dy, dy);
    else if (two)
        output_gradients<T, 2>(a, rows, dy);
    else
        output_gradients<T, 0>(a, rows, dy);
    const PackedExpertRows<T> packed(rows, block, operands);
    packed.pack_inputs(a.h, dy);
    multiply_rows<T>(dy, dim, 0, rows.count, 0, width / Lanes, down_weight, groups_of<T>(dim),
                     [=](int64_t i, int64_t p, vf x) { store(dactivation + i * width + p * Lanes, x); });
    if (two)
        activation_gradients<T, 2>(a, rows, packed, dactivation, dgate_up);
    else
        activation_gradients<T, 0>(a, rows, packed, dactivation, dgate_up);

    T* dh = (T*)a.dh_of_pair;
    const int64_t* pairs = rows.pairs;
    multiply_rows<T>(dgate_up, 2 * width, 0, rows.count, 0, dim / Lanes, gate_up_weight, groups_of<T>(2 * width),
                     [=](int64_t i, int64_t p, vf x) { store(dh + pairs[i] * dim + p * Lanes, x); });
}

// The two ways of sharing the work among a team.
template <class T>
inline void experts_as_tasks(const ExpertsBackwardArgs& a) {
    const ExpertRouting& r = a.routing;
#pragma omp for schedule(dynamic, 1)
    for (int64_t task = 0; task < r.experts; ++task) {
        const int64_t expert = r.by_size[task];
        const ExpertSegment& segment = r.segments[expert];
        const ExpertOperands<T> operands(r, segment.rows, (word*)scratch<1>(ExpertOperands<T>::words(r, segment.rows) * int64_t(sizeof(word))));
        for (int64_t i = 0; i < segment.blocks; ++i) experts_backward_block<T>(a, r.blocks[segment.first_block + i], &operands);
        expert_weight_gradients<T>(a, expert, operands, 0, (2 * r.width + r.dim) / Lanes);
    }
}

template <class T>
inline void blocks_as_tasks(const ExpertsBackwardArgs& a) {
    constexpr int64_t task_panels = 8;
    const ExpertRouting& r = a.routing;
    const auto operands_of = [&](int64_t expert) {
        const ExpertSegment& segment = r.segments[expert];
        return ExpertOperands<T>(r, segment.rows, (word*)a.operands + ExpertOperands<T>::words(r, segment.first_row));
    };
    const int64_t panels = (2 * r.width + r.dim) / Lanes, tasks = (panels + task_panels - 1) / task_panels;
#pragma omp for schedule(dynamic, 1)
    for (int64_t task = 0; task < r.block_count; ++task) {
        const ExpertOperands<T> operands = operands_of(r.blocks[task].expert);
        experts_backward_block<T>(a, r.blocks[task], a.dgate_up ? &operands : nullptr);
    }
#pragma omp for schedule(dynamic, 1)
    for (int64_t task = 0; task < (a.dgate_up ? r.experts * tasks : 0); ++task) {
        const int64_t from = task % tasks * task_panels;
        expert_weight_gradients<T>(a, task / tasks, operands_of(task / tasks), from, least(from + task_panels, panels));
    }
}

template <class T>
void experts_backward(const ExpertsBackwardArgs& a) {
#pragma omp parallel num_threads(a.routing.threads)
    {
        if (a.dgate_up && !a.operands)
            experts_as_tasks<T>(a);
        else
            blocks_as_tasks<T>(a);
        combine<T>(a.routing, nullptr, (const T*)a.dh_of_pair, nullptr, a.dh, [](int64_t) {});
    }
}

template void experts_backward<float>(const ExpertsBackwardArgs&);
template void experts_backward<bf16>(const ExpertsBackwardArgs&);

}  // namespace EDL_ISA
}  // namespace edl
