// Routing of a token by its scores, and the gradient of that.
#include "route_args.h"
#include "vector.h"

namespace edl {
namespace EDL_ISA {

// Rows of E numbers are worked on in whole vectors: `fill` stands behind the last expert.
inline void copy_row(const float* from, int64_t count, float* to, float fill) {
    int64_t i = 0;
    for (; i < count; ++i) to[i] = from[i];
    for (; i % Lanes; ++i) to[i] = fill;
}

inline float sum_row(const float* x, int64_t count) {
    vf total{};
    for (int64_t i = 0; i < count; i += Lanes) total += load(x + i);
    return sum(total);
}

// Scores in `x` become shares: softmax, or sigmoids.
inline void share_row(float* x, int64_t experts, bool sigmoids) {
    if (sigmoids) {
        for (int64_t i = 0; i < experts; i += Lanes) store(x + i, sigmoid(load(x + i)));
        for (int64_t i = experts; i % Lanes; ++i) x[i] = 0;
        return;
    }
    vf top = splat(-__builtin_inff());
    for (int64_t i = 0; i < experts; i += Lanes) top = largest(load(x + i), top);
    const float highest = largest(top);
    for (int64_t i = 0; i < experts; i += Lanes) store(x + i, exp_below(load(x + i) - highest));
    for (int64_t i = experts; i % Lanes; ++i) x[i] = 0;
    const float inverse = 1.0f / sum_row(x, experts);
    for (int64_t i = 0; i < experts; i += Lanes) store(x + i, load(x + i) * inverse);
}

inline void choose(const float* score, int64_t experts, int64_t top_k, int64_t* chosen) {
    bool taken[RouteExperts] = {};
    for (int64_t k = 0; k < top_k; ++k) {
        int64_t best = -1;
        for (int64_t e = 0; e < experts; ++e)
            if (!taken[e] && (best < 0 || score[e] > score[best])) best = e;
        taken[best] = true;
        chosen[k] = best;
    }
}

void route(const RouteArgs& a) {
    const int64_t tasks = (a.tokens + RouteRows - 1) / RouteRows;
#pragma omp parallel for schedule(static) num_threads(a.threads)
    for (int64_t task = 0; task < tasks; ++task) {
        float share[RouteExperts] __attribute__((aligned(64))), score[RouteExperts];
        const int64_t to = (task + 1) * RouteRows < a.tokens ? (task + 1) * RouteRows : a.tokens;
        for (int64_t t = task * RouteRows; t < to; ++t) {
            copy_row(a.logits + t * a.experts, a.experts, share, -__builtin_inff());
            share_row(share, a.experts, a.sigmoid);
            const float* by = share;
            if (a.bias) {
                for (int64_t e = 0; e < a.experts; ++e) score[e] = share[e] + a.bias[e];
                by = score;
            }
            int64_t* chosen = a.indices + t * a.top_k;
            choose(by, a.experts, a.top_k, chosen);
            float total = 0;
            for (int64_t k = 0; k < a.top_k; ++k) total += share[chosen[k]];
            for (int64_t k = 0; k < a.top_k; ++k) a.weights[t * a.top_k + k] = a.normalise ? share[chosen[k]] / total : share[chosen[k]];
            const float scale = a.sigmoid ? 1.0f / sum_row(share, a.experts) : 1.0f;
            for (int64_t e = 0; e < a.experts; ++e) a.probabilities[t * a.experts + e] = share[e] * scale;
        }
    }
}

// With c the chosen shares, w = c / Σ c:  dc = (dw − Σ dw w) / Σ c.
// Softmax: dx = s (ds − Σ ds s).  Sigmoid: ds gets (dP − Σ dP P) / Σ s, dx = ds s (1 − s).
inline void route_backward_row(const RouteBackwardArgs& a, int64_t t, float* share, float* ds) {
    const int64_t experts = a.experts;
    float all = 1.0f;
    if (a.sigmoid) {
        copy_row(a.logits + t * experts, experts, share, 0);
        share_row(share, experts, true);
        all = sum_row(share, experts);
    } else {
        copy_row(a.probabilities + t * experts, experts, share, 0);
    }
    if (a.dprobabilities)
        copy_row(a.dprobabilities + t * experts, experts, ds, 0);
    else
        for (int64_t i = 0; i < experts; i += Lanes) store(ds + i, vf{});
    if (a.sigmoid) {
        vf dots{};
        for (int64_t i = 0; i < experts; i += Lanes) dots += load(ds + i) * load(share + i);
        const float along = sum(dots) / all;
        for (int64_t i = 0; i < experts; i += Lanes) store(ds + i, (load(ds + i) - along) / all);
    }
    if (a.dweights) {
        const int64_t* chosen = a.indices + t * a.top_k;
        const float* dw = a.dweights + t * a.top_k;
        float total = 1.0f, along = 0;
        if (a.normalise) {
            total = 0;
            for (int64_t k = 0; k < a.top_k; ++k) total += share[chosen[k]];
            for (int64_t k = 0; k < a.top_k; ++k) along += dw[k] * share[chosen[k]] / total;
        }
        for (int64_t k = 0; k < a.top_k; ++k) ds[chosen[k]] += (dw[k] - along) / total;
    }
    float along = 0;
    if (!a.sigmoid) {
        vf dots{};
        for (int64_t i = 0; i < experts; i += Lanes) dots += load(ds + i) * load(share + i);
        along = sum(dots);
    }
    for (int64_t i = 0; i < experts; i += Lanes) {
        const vf s = load(share + i);
        store(ds + i, a.sigmoid ? load(ds + i) * s * (1.0f - s) : s * (load(ds + i) - along));
    }
    for (int64_t e = 0; e < experts; ++e) a.dlogits[t * experts + e] = ds[e];
}

void route_backward(const RouteBackwardArgs& a) {
    const int64_t tasks = (a.tokens + RouteRows - 1) / RouteRows;
#pragma omp parallel for schedule(static) num_threads(a.threads)
    for (int64_t task = 0; task < tasks; ++task) {
        float share[RouteExperts] __attribute__((aligned(64))), ds[RouteExperts] __attribute__((aligned(64)));
        const int64_t to = (task + 1) * RouteRows < a.tokens ? (task + 1) * RouteRows : a.tokens;
        for (int64_t t = task * RouteRows; t < to; ++t) route_backward_row(a, t, share, ds);
    }
}

}  // namespace EDL_ISA
}  // namespace edl
