// The gradients of router.cpp: with dlogits that of the scores, whatever is made of them (route.h), and g = dh + dlogits @ router, the norm's
// (norm.h) of g, and drouter = dlogits^T @ h. Sums over tokens are taken by blocks of a fixed size, then over the blocks in their order.
#include "norm.h"
#include "pack.h"
#include "route.h"
#include "scratch.h"

namespace edl {
namespace EDL_ISA {

// What the block needs of a token after its scores' gradient.
inline void prefetch_row(const RouterBackwardArgs& a, int64_t t) {
    for (int64_t i = t * a.shape.dim; i < (t + 1) * a.shape.dim; i += 64 / int64_t(sizeof(float))) {
        __builtin_prefetch(a.x + i, 0, 2);
        if (a.dh) __builtin_prefetch(a.dh + i, 0, 2);
        if (a.dx_beside) __builtin_prefetch(a.dx_beside + i, 0, 2);
    }
}

inline void router_backward_block(const RouterBackwardArgs& a, int64_t block) {
    const int64_t tokens = a.shape.tokens, dim = a.shape.dim, experts = a.shape.experts, from = block * RouterRows;
    const int64_t to = least(from + RouterRows, tokens), rows = to - from;
    Cut cut{scratch(RouterRows * 4 * (2 * dim + 2 * panels_of(experts) * Lanes))};
    float* g = cut.take<float>(RouterRows * dim);
    float* h = cut.take<float>(RouterRows * dim);  // packed over rows
    word* packed = cut.take<word>(RouterRows * panels_of(experts) * Lanes);
    float* dlogits = cut.take<float>(RouterRows * experts);
    float* drouter = a.partial + block * (experts + 1) * dim;
    float* dnorm = drouter + experts * dim;

    const float* dh = a.dh ? a.dh + from * dim : nullptr;
    if (a.drouter) {
        for (int64_t i = 0; i < rows; ++i) {
            prefetch_row(a, from + i);
            route_row_backward(a, from + i, dlogits + i * experts);
        }
        multiply_rows<float>(dlogits, experts, 0, rows, 0, dim / Lanes, (const word*)a.packed_router, experts, [=](int64_t i, int64_t panel, vf x) {
            const int64_t place = i * dim + panel * Lanes;
            store(g + place, dh ? load(dh + place) + x : x);
        });
    } else {
        for (int64_t i = 0; i < rows * dim; i += Lanes) store(g + i, dh ? load(dh + i) : vf{});
    }

    for (int64_t d = 0; d < dim; d += Lanes) store(dnorm + d, vf{});
    for (int64_t i = 0; i < rows; ++i) {
        const float *x = a.x + (from + i) * dim, *beside = a.dx_beside ? a.dx_beside + (from + i) * dim : nullptr;
        const float r = a.inverse_rms[from + i];
        norm_row_backward(g + i * dim, x, a.norm, dim, r, beside, a.dx + (from + i) * dim, dnorm);
        for (int64_t d = 0; d < dim; d += Lanes) store(h + d * rows + i * Lanes, load(x + d) * r * load(a.norm + d));
    }

    if (!a.drouter) return;
    pack_over_rows<float>(dlogits, experts, 0, rows, experts, packed, rows);
    multiply_transposed<float>(packed, 0, experts, 0, dim / Lanes, (const word*)h, rows,
                               [=](int64_t e, int64_t panel, vf x) { store(drouter + e * dim + panel * Lanes, x); });
}

void router_backward(const RouterBackwardArgs& a) {
    const int64_t dim = a.shape.dim, experts = a.shape.experts, blocks = (a.shape.tokens + RouterRows - 1) / RouterRows;
    const int64_t of_router = experts * dim, all = of_router + dim;
    pack_over_rows<float>(a.router, dim, 0, experts, dim, (word*)a.packed_router, experts);
#pragma omp parallel num_threads(a.shape.threads)
    {
#pragma omp for schedule(dynamic, 1)
        for (int64_t block = 0; block < blocks; ++block) router_backward_block(a, block);
#pragma omp for schedule(static)
        for (int64_t i = a.drouter ? 0 : of_router; i < all; i += Lanes) {
            vf total{};
            for (int64_t block = 0; block < blocks; ++block) total += load(a.partial + block * all + i);
            store(i < of_router ? a.drouter + i : a.dnorm + i - of_router, total);
        }
    }
}

}  // namespace EDL_ISA
}  // namespace edl
