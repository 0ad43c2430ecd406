// The norm before the experts and the router's logits: norm_router_args.h. The gradient is in norm_router_backward.cpp.
#include "norm.h"
#include "norm_router_args.h"
#include "pack.h"

namespace edl {
namespace EDL_ISA {

void norm_router(const NormRouterArgs& a) {
    const int64_t dim = a.dim, experts = a.experts, blocks = (a.tokens + NormRouterRows - 1) / NormRouterRows;
    const word* router = (const word*)a.packed_router;
    pack_over_columns<float>(a.router, dim, 0, experts, dim, (word*)a.packed_router);
#pragma omp parallel for schedule(dynamic, 1) num_threads(a.threads)
    for (int64_t block = 0; block < blocks; ++block) {
        const int64_t from = block * NormRouterRows, to = from + NormRouterRows < a.tokens ? from + NormRouterRows : a.tokens;
        for (int64_t t = from; t < to; ++t) a.inverse_rms[t] = norm_row(a.x + t * dim, a.norm, dim, a.eps, a.h + t * dim);
        float* logits = a.logits;
        multiply_rows<float>(a.h, dim, from, to, 0, panels_of(experts), router, dim, [=](int64_t t, int64_t panel, vf x) {
            float* out = logits + t * experts + panel * Lanes;
            const int64_t count = experts - panel * Lanes;
            if (count >= Lanes) return store(out, x);
            for (int64_t e = 0; e < count; ++e) out[e] = x[e];
        });
    }
}

}  // namespace EDL_ISA
}  // namespace edl
