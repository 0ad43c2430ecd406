// Where a token goes by its scores, and the gradient of that: router_args.h. Rows of E numbers are worked on in whole vectors.
#pragma once
#include "router_args.h"
#include "powers.h"

namespace edl {
namespace EDL_ISA {

// A row of E numbers and what stands behind it up to a whole vector.
struct RouteRow {
    float at[RouterExperts] __attribute__((aligned(64)));

    void copy(const float* from, int64_t count, float fill) {
        int64_t i = 0;
        for (; i < count; ++i) at[i] = from[i];
        for (; i % Lanes; ++i) at[i] = fill;
    }
    float total(int64_t count) const {
        vf sums{};
        for (int64_t i = 0; i < count; i += Lanes) sums += load(at + i);
        return sum(sums);
    }
    float highest(int64_t count) const {
        vf top = splat(-__builtin_inff());
        for (int64_t i = 0; i < count; i += Lanes) top = largest(load(at + i), top);
        return largest(top);
    }
};

// Scores become shares: softmax, or sigmoids.
inline void share_row(RouteRow& x, int64_t experts, bool sigmoids) {
    const float highest = sigmoids ? 0.0f : x.highest(experts);
    for (int64_t i = 0; i < experts; i += Lanes) store(x.at + i, sigmoids ? sigmoid(load(x.at + i)) : exp_below(load(x.at + i) - highest));
    for (int64_t i = experts; i % Lanes; ++i) x.at[i] = 0;
    if (sigmoids) return;
    const float inverse = 1.0f / x.total(experts);
    for (int64_t i = 0; i < experts; i += Lanes) store(x.at + i, load(x.at + i) * inverse);
}

// The first expert with this score; E or more where there is none.
inline int64_t first_with(const RouteRow& score, float wanted, int64_t experts) {
    const vf lane = __builtin_convertvector(lane_numbers(), vf);
    for (int64_t i = 0; i < experts; i += Lanes) {
        const float first = -largest(load(score.at + i) == wanted ? -lane : splat(-float(RouterExperts)));
        if (first < float(Lanes)) return i + int64_t(first);
    }
    return experts;
}

// One after the other: right for scores that are no numbers as well.
inline void choose_any(const float* score, int64_t experts, int64_t top_k, int64_t* chosen) {
    bool taken[RouterExperts] = {};
    for (int64_t k = 0; k < top_k; ++k) {
        int64_t best = -1;
        for (int64_t e = 0; e < experts; ++e)
            if (!taken[e] && (best < 0 || score[e] > score[best])) best = e;
        taken[best] = true;
        chosen[k] = best;
    }
}

inline void choose(const RouteRow& score, int64_t experts, int64_t top_k, int64_t* chosen) {
    RouteRow left;
    left.copy(score.at, experts, -__builtin_inff());
    for (int64_t k = 0; k < top_k; ++k) {
        const float highest = left.highest(experts);
        const int64_t best = highest > -__builtin_inff() ? first_with(left, highest, experts) : experts;
        if (best >= experts) return choose_any(score.at, experts, top_k, chosen);
        left.at[best] = -__builtin_inff();
        chosen[k] = best;
    }
}

inline void route_row(const RouterArgs& a, int64_t t) {
    const int64_t experts = a.shape.experts, top_k = a.shape.top_k;
    RouteRow share, score;
    share.copy(a.logits + t * experts, experts, -__builtin_inff());
    share_row(share, experts, a.shape.sigmoid);
    if (a.bias)
        for (int64_t e = 0; e < experts; ++e) score.at[e] = share.at[e] + a.bias[e];
    int64_t* chosen = a.indices + t * top_k;
    choose(a.bias ? score : share, experts, top_k, chosen);
    float total = 0;
    for (int64_t k = 0; k < top_k; ++k) total += share.at[chosen[k]];
    for (int64_t k = 0; k < top_k; ++k) a.weights[t * top_k + k] = a.shape.normalise ? share.at[chosen[k]] / total : share.at[chosen[k]];
    const float scale = a.shape.sigmoid ? 1.0f / share.total(experts) : 1.0f;
    for (int64_t e = 0; e < experts; ++e) a.probabilities[t * experts + e] = share.at[e] * scale;
}

// With c the chosen shares, w = c / Σ c:  dc = (dw − Σ dw w) / Σ c.
inline void add_weight_gradients(const RouterBackwardArgs& a, int64_t t, const RouteRow& share, RouteRow& ds) {
    const int64_t top_k = a.shape.top_k;
    const int64_t* chosen = a.indices + t * top_k;
    const float* dw = a.dweights + t * top_k;
    float total = 1.0f, along = 0;
    if (a.shape.normalise) {
        total = 0;
        for (int64_t k = 0; k < top_k; ++k) total += share.at[chosen[k]];
        for (int64_t k = 0; k < top_k; ++k) along += dw[k] * share.at[chosen[k]] / total;
    }
    for (int64_t k = 0; k < top_k; ++k) ds.at[chosen[k]] += (dw[k] - along) / total;
}

inline float dot(const RouteRow& a, const RouteRow& b, int64_t count) {
    vf dots{};
    for (int64_t i = 0; i < count; i += Lanes) dots += load(a.at + i) * load(b.at + i);
    return sum(dots);
}

// The gradient of token t's scores.
// Softmax: dx = s (ds − Σ ds s).  Sigmoid: ds gets (dP − Σ dP P) / Σ s, dx = ds s (1 − s).
inline void route_row_backward(const RouterBackwardArgs& a, int64_t t, float* dlogits) {
    const int64_t experts = a.shape.experts;
    const bool sigmoids = a.shape.sigmoid;
    RouteRow share, ds;
    share.copy((sigmoids ? a.logits : a.probabilities) + t * experts, experts, 0);
    if (sigmoids) share_row(share, experts, true);
    if (a.dprobabilities)
        ds.copy(a.dprobabilities + t * experts, experts, 0);
    else
        for (int64_t i = 0; i < experts; i += Lanes) store(ds.at + i, vf{});
    if (sigmoids) {
        const float all = share.total(experts), along = dot(ds, share, experts) / all;
        for (int64_t i = 0; i < experts; i += Lanes) store(ds.at + i, (load(ds.at + i) - along) / all);
    }
    if (a.dweights) add_weight_gradients(a, t, share, ds);
    const float along = sigmoids ? 0.0f : dot(ds, share, experts);
    for (int64_t i = 0; i < experts; i += Lanes) {
        const vf s = load(share.at + i), d = load(ds.at + i);
        store(ds.at + i, sigmoids ? d * s * (1.0f - s) : s * (d - along));
    }
    for (int64_t e = 0; e < experts; ++e) dlogits[e] = ds.at[e] + (a.dlogits ? a.dlogits[t * experts + e] : 0.0f);
}

}  // namespace EDL_ISA
}  // namespace edl
