// Soft-max of a tile of queries: a few rows at once, whose chains of maxima and sums the processor then works on side by side.
#pragma once
#include "causal.h"
#include "powers.h"

namespace edl {
namespace EDL_ISA {

// A query's soft-max: the keys it looks at, the largest of its scaled scores, and Σ 2^(scaled score − largest).
struct SoftRow {
    QueryKeys keys;
    float top, total;
};

// Rows of scores → 2^((score − largest) scale), rounded to T, zero outside a query's keys. Both hold keys [from, to), `stride` apart.
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
            vf e = exp2_below(load(scores + at[r] * stride + key - from) * scale - top[r]);
            if (!whole) e = rows[at[r]].keys.only(e, key, 0.0f);
            sums[r] += e;
            store(weights + r * stride + key - from, e);
        }
    }
    for (int64_t r = 0; r < TileRows; ++r) rows[at[r]].total = sum(sums[r]);
}

// log2 Σ 2^(scaled score) of the rows, `apart` floats apart.
inline void log_sums(const SoftRow* rows, int64_t count, float* out, int64_t apart) {
    for (int64_t i = 0; i < count; i += Lanes) {
        float lane[Lanes] = {};
        const int64_t some = least(Lanes, count - i);
        for (int64_t j = 0; j < some; ++j) lane[j] = rows[i + j].total;
        store(lane, log2(load(lane)));
        for (int64_t j = 0; j < some; ++j) out[(i + j) * apart] = rows[i + j].top + lane[j];
    }
}

}  // namespace EDL_ISA
}  // namespace edl
