// y_t = residual_t + sum over k of w_tk · (silu(gate) · up) @ down, with gate and up = h_t @ gate_up, of the token's k-th expert.
#include "background.h"
#include "expert_rows.h"
#include "powers.h"
#include "scratch.h"
#include "token_products.h"

namespace edl {
namespace EDL_ISA {

template <class T>
inline void activate(const ExpertRows& rows, const T* gate_up, T* activation, float* kept, T* multiplied) {
    const int64_t width = rows.routing.width;
    for (int64_t i = 0; i < rows.count; ++i) {
        const T *gate = gate_up + i * 2 * width, *up = gate + width;
        float* keep = kept ? kept + rows.pairs[i] * width : nullptr;
        T* keep_multiplied = multiplied ? multiplied + rows.pairs[i] * width : nullptr;
        for (int64_t f = 0; f < width; f += Lanes) {
            const vf g = load(gate + f), x = g * sigmoid(g) * load(up + f);
            store(activation + i * width + f, x);
            if (keep) store(keep + f, x);
            if (keep_multiplied) store(keep_multiplied + f, x);
        }
    }
}

// O is the type of outputs.
template <class T, class O>
inline void experts_forward_block(const ExpertsForwardArgs& a, const ExpertBlock& block, Beside& beside) {
    const ExpertRows rows(a.routing, block);
    const int64_t dim = a.routing.dim, width = a.routing.width;
    const word* gate_up_weight = (const word*)a.gate_up + rows.expert * packed_words<T>(dim, 2 * width);
    const word* down_weight = (const word*)a.down + rows.expert * packed_words<T>(width, dim);
    Cut cut{scratch(ExpertBlockRows * (dim + 3 * width) * int64_t(sizeof(T)))};
    T* h = cut.take<T>(ExpertBlockRows * dim);
    T* activation = cut.take<T>(ExpertBlockRows * width);
    T* gate_up = a.gate_up_rows ? (T*)a.gate_up_rows + rows.first_row * 2 * width : cut.take<T>(ExpertBlockRows * 2 * width);

    gather(rows, a.h, h);
    multiply_rows<T>(h, dim, 0, rows.count, 0, 2 * width / Lanes, gate_up_weight, groups_of<T>(dim),
                     [=](int64_t i, int64_t panel, vf x) { store(gate_up + i * 2 * width + panel * Lanes, x); }, beside);
    activate(rows, gate_up, activation, a.activations, (T*)a.multiplied_activations);
    O* outputs = (O*)a.outputs;
    const int64_t* pairs = rows.pairs;
    multiply_rows<T>(activation, width, 0, rows.count, 0, dim / Lanes, down_weight, groups_of<T>(width),
                     [=](int64_t i, int64_t panel, vf x) { store(outputs + pairs[i] * dim + panel * Lanes, x); }, beside);
}

template <class T>
inline void products_of_token(const ExpertsForwardArgs& a, int64_t t) {
    const int64_t choices = a.routing.choices, pair = t * choices;
    if (a.output_products) token_products((const float*)a.outputs + pair * a.routing.dim, choices, a.routing.dim, a.output_products + pair * choices);
    if (a.activation_products)
        token_products((const T*)a.multiplied_activations + pair * a.routing.width, choices, a.routing.width, a.activation_products + pair * choices);
}

template <class T, class O>
void experts_forward_team(const ExpertsForwardArgs& a) {
    const ExpertRouting& r = a.routing;
#pragma omp parallel num_threads(r.threads)
    {
        Beside beside(a.background);
#pragma omp for schedule(dynamic, 1) nowait
        for (int64_t task = 0; task < r.block_count; ++task) experts_forward_block<T, O>(a, r.blocks[task], beside);
        beside.finish();
#pragma omp barrier
        combine<T>(r, a.residual, (const O*)a.outputs, r.weights, a.y, [&](int64_t t) { products_of_token<T>(a, t); });
    }
}

template <class T>
void experts_forward(const ExpertsForwardArgs& a) {
    if (a.asked)
        experts_forward_team<T, float>(a);
    else
        experts_forward_team<T, T>(a);
}

template void experts_forward<float>(const ExpertsForwardArgs&);
template void experts_forward<bf16>(const ExpertsForwardArgs&);

}  // namespace EDL_ISA
}  // namespace edl
