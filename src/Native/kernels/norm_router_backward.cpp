// The gradients of norm_router.cpp: with g = dh + dlogits @ router, the norm's (norm.h) of g, and drouter = dlogits^T @ h.
// Sums over tokens are taken by blocks of a fixed size, then over the blocks in their order.
#include "norm.h"
#include "norm_router_args.h"
#include "pack.h"
#include "scratch.h"

namespace edl {
namespace EDL_ISA {

inline void norm_router_backward_block(const NormRouterBackwardArgs& a, int64_t block) {
    const int64_t dim = a.dim, experts = a.experts, from = block * NormRouterRows;
    const int64_t to = from + NormRouterRows < a.tokens ? from + NormRouterRows : a.tokens, rows = to - from;
    Cut cut{scratch(NormRouterRows * 4 * (2 * dim + panels_of(experts) * Lanes))};
    float* g = cut.take<float>(NormRouterRows * dim);
    float* h = cut.take<float>(NormRouterRows * dim);  // packed over rows
    word* dlogits = cut.take<word>(NormRouterRows * panels_of(experts) * Lanes);
    float* drouter = a.partial + block * (experts + 1) * dim;
    float* dnorm = drouter + experts * dim;

    for (int64_t i = 0; i < rows * dim; i += Lanes) store(g + i, a.dh ? load(a.dh + from * dim + i) : vf{});
    if (a.dlogits)
        multiply_rows<float>(a.dlogits + from * experts, experts, 0, rows, 0, dim / Lanes, (const word*)a.packed_router, experts,
                             [=](int64_t i, int64_t panel, vf x) {
                                 float* to_add = g + i * dim + panel * Lanes;
                                 store(to_add, load(to_add) + x);
                             });

    for (int64_t d = 0; d < dim; d += Lanes) store(dnorm + d, vf{});
    for (int64_t i = 0; i < rows; ++i) {
        const float* x = a.x + (from + i) * dim;
        const float r = a.inverse_rms[from + i];
        norm_row_backward(g + i * dim, x, a.norm, dim, r, nullptr, a.dx + (from + i) * dim, dnorm);
        for (int64_t d = 0; d < dim; d += Lanes) store(h + d * rows + i * Lanes, load(x + d) * r * load(a.norm + d));
    }

    if (!a.dlogits) return;
    pack_over_rows<float>(a.dlogits + from * experts, experts, 0, rows, experts, dlogits, rows);
    multiply_transposed<float>(dlogits, 0, experts, 0, dim / Lanes, (const word*)h, rows,
                               [=](int64_t e, int64_t panel, vf x) { store(drouter + e * dim + panel * Lanes, x); });
}

void norm_router_backward(const NormRouterBackwardArgs& a) {
    const int64_t blocks = (a.tokens + NormRouterRows - 1) / NormRouterRows, of_router = a.experts * a.dim, all = of_router + a.dim;
    pack_over_rows<float>(a.router, a.dim, 0, a.experts, a.dim, (word*)a.packed_router, a.experts);
#pragma omp parallel num_threads(a.threads)
    {
#pragma omp for schedule(dynamic, 1)
        for (int64_t block = 0; block < blocks; ++block) norm_router_backward_block(a, block);
#pragma omp for schedule(static)
        for (int64_t i = a.dlogits ? 0 : of_router; i < all; i += Lanes) {
            vf total{};
            for (int64_t block = 0; block < blocks; ++block) total += load(a.partial + block * all + i);
            store(i < of_router ? a.drouter + i : a.dnorm + i - of_router, total);
        }
    }
}

}  // namespace EDL_ISA
}  // namespace edl
