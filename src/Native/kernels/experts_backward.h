// The gradients of experts_forward.h. For a row of token t and weight w:
//
//   gradient of the expert's output   w dy_t (+ what comes into the captured output)
//   of its activation                 w (dy_t @ down^T)  (+ what comes into the captured activation)
//   of its weight                     <dy_t @ down^T, activation>
//
// The activation is computed again from gate and up. First every row's part, packing what the weights' gradients are made of,
// then the weights' gradients, each a product over an expert's rows.
#pragma once
#include "expert_rows.h"
#include "expert_weight_gradients.h"
#include "scratch.h"

namespace edl {
namespace EDL_ISA {

// The gradients of a block's outputs in T, and the factor by which those of its weights and activations are to be multiplied.
// Where outputs were captured the factor is in the gradients already, and the weights' gradients are <dy, output>.
template <class T>
inline void output_gradients(const ExpertsBackwardArgs& a, const ExpertRows& rows, T* dy) {
    if (!a.doutputs) return gather(rows, a.dy, dy);
    const int64_t dim = a.routing.dim;
    for (int64_t i = 0; i < rows.count; ++i) {
        const float *from = a.dy + rows.token(i) * dim, *output = a.outputs + rows.pairs[i] * dim, *captured = a.doutputs + rows.pairs[i] * dim;
        const vf weight = splat(rows.weight(i));
        vf dot = {};
        for (int64_t d = 0; d < dim; d += Lanes) {
            const vf x = load(from + d);
            dot = dot + x * load(output + d);
            store(dy + i * dim + d, x * weight + load(captured + d));
        }
        a.dweights[rows.pairs[i]] = sum(dot);
    }
}

struct SwiGluGradient {
    vf dgate, dup, activation, dot;
};

// x is the gradient of the activation before the factor; `captured` comes in without it.
inline __attribute__((always_inline)) SwiGluGradient swiglu_gradient(vf gate, vf up, vf x, vf factor, vf captured) {
    const vf s = sigmoid(gate), silu = gate * s;
    const vf d = x * factor + captured;
    return {d * up * (s * (1.0f + gate * (1.0f - s))), d * silu, silu * up * factor, x * silu * up};
}

template <class T>
inline void experts_backward_block(const ExpertsBackwardArgs& a, const ExpertBlock& block) {
    constexpr int64_t Chunk = 4;  // panels of the activation's gradient at a time: they stay in the first level of the cache
    const ExpertRows rows(a.routing, block);
    const int64_t dim = a.routing.dim, width = a.routing.width;
    const word* gate_up_weight = (const word*)a.gate_up + rows.expert * packed_words<T>(2 * width, dim);
    const word* down_weight = (const word*)a.down + rows.expert * packed_words<T>(dim, width);
    Cut cut{scratch(ExpertBlockRows * ((dim + 2 * width) * int64_t(sizeof(T)) + (Chunk + 1) * Lanes * 4))};
    T* dy = cut.take<T>(ExpertBlockRows * dim);
    T* dgate_up = cut.take<T>(ExpertBlockRows * 2 * width);
    float* dactivation = cut.take<float>(ExpertBlockRows * Chunk * Lanes);
    vf* dots = cut.take<vf>(ExpertBlockRows);

    output_gradients(a, rows, dy);
    for (int64_t i = 0; i < rows.count; ++i) dots[i] = vf{};
    const PackedExpertRows<T> packed(a, rows, block);
    packed.pack_inputs(dy);

    for (int64_t panel = 0; panel < width / Lanes; panel += Chunk) {
        const int64_t end = panel + Chunk < width / Lanes ? panel + Chunk : width / Lanes;
        multiply_rows<T>(dy, dim, 0, rows.count, panel, end, down_weight, groups_of<T>(dim),
                         [=](int64_t i, int64_t p, vf x) { store(dactivation + (i * Chunk + p - panel) * Lanes, x); });
        for (int64_t i = 0; i < rows.count; i += 2) {
            const int64_t pair_rows = i + 1 < rows.count ? 2 : 1;
            for (int64_t p = panel; p < end; ++p) {
                SwiGluGradient both[2] = {};
                for (int64_t j = 0; j < pair_rows; ++j) {
                    const T* gate = (const T*)a.gate_up_rows + (rows.first_row + i + j) * 2 * width + p * Lanes;
                    const vf captured = a.dactivations ? load(a.dactivations + rows.pairs[i + j] * width + p * Lanes) : vf{};
                    both[j] = swiglu_gradient(load(gate), load(gate + width), load(dactivation + ((i + j) * Chunk + p - panel) * Lanes),
                                              splat(a.doutputs ? 1.0f : rows.weight(i + j)), captured);
                    dots[i + j] = dots[i + j] + both[j].dot;
                    T* d = dgate_up + (i + j) * 2 * width + p * Lanes;
                    store(d, both[j].dgate);
                    store(d + width, both[j].dup);
                }
                packed.put(i, p, both[0], both[1]);
            }
        }
    }
    if (!a.doutputs)
        for (int64_t i = 0; i < rows.count; ++i) a.dweights[rows.pairs[i]] = sum(dots[i]);

    float* dh = a.dh_of_pair;
    const int64_t* pairs = rows.pairs;
    multiply_rows<T>(dgate_up, 2 * width, 0, rows.count, 0, dim / Lanes, gate_up_weight, groups_of<T>(2 * width),
                     [=](int64_t i, int64_t p, vf x) { store(dh + pairs[i] * dim + p * Lanes, x); });
}

template <class T>
void experts_backward(const ExpertsBackwardArgs& a) {
    const ExpertRouting& r = a.routing;
#pragma omp parallel for schedule(dynamic, 1) num_threads(r.threads)
    for (int64_t task = 0; task < r.block_count; ++task) experts_backward_block<T>(a, r.blocks[task]);
    combine(r, nullptr, a.dh_of_pair, nullptr, a.dh);
    if (a.packed_h) expert_weight_gradients<T>(a);
}

}  // namespace EDL_ISA
}  // namespace edl
