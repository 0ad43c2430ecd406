// Norm, router's scores and routing of blocks of tokens: router_args.h. The gradient is in router_backward.cpp.
#include "norm.h"
#include "pack.h"
#include "route.h"

namespace edl {
namespace EDL_ISA {

void router(const RouterArgs& a) {
    const int64_t tokens = a.shape.tokens, dim = a.shape.dim, experts = a.shape.experts, blocks = (tokens + RouterRows - 1) / RouterRows;
    const word* router = (const word*)a.packed_router;
    pack_over_columns<float>(a.router, dim, 0, experts, dim, (word*)a.packed_router);
#pragma omp parallel for schedule(dynamic, 1) num_threads(a.shape.threads)
    for (int64_t block = 0; block < blocks; ++block) {
        const int64_t from = block * RouterRows, to = least(from + RouterRows, tokens);
        for (int64_t t = from; t < to; ++t) a.inverse_rms[t] = norm_row(a.x + t * dim, a.norm, dim, a.eps, a.h + t * dim);
        float* logits = a.logits;
        multiply_rows<float>(a.h, dim, from, to, 0, panels_of(experts), router, dim, [=](int64_t t, int64_t panel, vf x) {
            float* out = logits + t * experts + panel * Lanes;
            const int64_t count = experts - panel * Lanes;
            if (count >= Lanes) return store(out, x);
            for (int64_t e = 0; e < count; ++e) out[e] = x[e];
        });
        for (int64_t t = from; t < to; ++t) route_row(a, t);
    }
}

}  // namespace EDL_ISA
}  // namespace edl
