// Soft-max of a tile of queries: a few rows at once, whose chains of maxima and sums the processor then works on side by side.
#pragma once
#include "causal.h"

namespace edl {
namespace EDL_ISA {

// ln x of a positive x that is not subnormal, to 2 units in the last place (Cephes' logf). A NaN stays one.
inline __attribute__((always_inline)) vf log(vf x) {
    const vi exponent = ((vi)x - 0x3f3504f3) >> 23;  // so that what is left lies between 1/sqrt(2) and sqrt(2)
    const vf f = (vf)((vi)x - (exponent << 23)) - 1.0f, e = __builtin_convertvector(exponent, vf);
    vf p = splat(7.0376836292e-2f);
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    const vf tail = p * f * f * f - e * 2.12194440e-4f - 0.5f * f * f;
    return x == x ? f + tail + e * 0.693359375f : x;
}

// A query's soft-max: which keys it looks at, the largest of its scaled scores, and Σ exp(scaled score − largest).
struct SoftRow {
    QueryKeys keys;
    float top, total;
};

// Rows of scores → exp((score − largest) scale), rounded to T, zero outside a query's keys. Both hold keys [from, to), `stride` apart.
template <class T>
inline void soften(SoftRow* rows, int64_t count, const float* scores, float scale, int64_t from, int64_t to, T* weights, int64_t stride) {
    const QueryKeys all = in_sight_of_all(rows, count);
    int64_t at[TileRows];  // a tile with fewer rows repeats its last
    for (int64_t r = 0; r < TileRows; ++r) at[r] = least(r, count - 1);

    vf highest[TileRows], sums[TileRows];
    for (int64_t r = 0; r < TileRows; ++r) highest[r] = splat(-__builtin_inff()), sums[r] = vf{};
    for (int64_t key = from; key < to; key += Lanes) {
        const bool whole = all.hold(key);
#pragma GCC unroll 8
        for (int64_t r = 0; r < TileRows; ++r) {
            vf x = load(scores + at[r] * stride + key - from);
            if (!whole) x = rows[at[r]].keys.only(x, key, -__builtin_inff());
            highest[r] = largest(highest[r], x);
        }
    }
    vf top[TileRows];
    for (int64_t r = 0; r < TileRows; ++r) top[r] = splat(rows[at[r]].top = largest(highest[r]) * scale);
    for (int64_t key = from; key < to; key += Lanes) {
        const bool whole = all.hold(key);
#pragma GCC unroll 8
        for (int64_t r = 0; r < TileRows; ++r) {
            vf e = exp_below(load(scores + at[r] * stride + key - from) * scale - top[r]);
            if (!whole) e = rows[at[r]].keys.only(e, key, 0.0f);
            sums[r] += e;
            store(weights + r * stride + key - from, e);
        }
    }
    for (int64_t r = 0; r < TileRows; ++r) rows[at[r]].total = sum(sums[r]);
}

// log Σ exp(scaled score) of up to a block of rows, `apart` floats apart.
inline void log_sums(const SoftRow* rows, int64_t count, float* out, int64_t apart) {
    for (int64_t i = 0; i < count; i += Lanes) {
        float lane[Lanes] = {};
        const int64_t some = least(Lanes, count - i);
        for (int64_t j = 0; j < some; ++j) lane[j] = rows[i + j].total;
        store(lane, log(load(lane)));
        for (int64_t j = 0; j < some; ++j) out[(i + j) * apart] = rows[i + j].top + lane[j];
    }
}

}  // namespace EDL_ISA
}  // namespace edl
