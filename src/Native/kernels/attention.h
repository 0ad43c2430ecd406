// Causal attention of the query heads that share a key head, in one sequence. Blocks of queries meet the keys up to the block's
// diagonal; scores stay in a core's own cache.
#pragma once
#include "attention_args.h"
#include "heads.h"
#include "pack.h"
#include "scratch.h"

namespace edl {
namespace EDL_ISA {

#ifndef QR
#define QR 96
#endif
constexpr int64_t QueryRows = QR;

// Tiles of queries and of keys begin at multiples of TileRows, panels of keys at multiples of the lanes: blocks of both at multiples of both.
constexpr int64_t KeyStep = 48;
static_assert(QueryRows % KeyStep == 0 && KeyStep % TileRows == 0 && KeyStep % Lanes == 0, "tiles must not straddle blocks");

constexpr int64_t padded(int64_t count) { return (count + Lanes - 1) / Lanes * Lanes; }
constexpr int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
constexpr int64_t greatest(int64_t a, int64_t b) { return a > b ? a : b; }

// Where a sequence and key head lie among the tokens.
struct HeadPlace {
    int64_t first, kv_head;  // the sequence's first token
    int64_t qkv_row, mixed_row;

    HeadPlace(const AttentionArgs& a, int64_t task)
        : first(task / a.kv_heads * a.length), kv_head(task % a.kv_heads), qkv_row((a.heads + 2 * a.kv_heads) * a.width), mixed_row(a.heads * a.width) {}
    int64_t query(const AttentionArgs& a, int64_t position, int64_t head) const { return (first + position) * qkv_row + head * a.width; }
    int64_t key(const AttentionArgs& a) const { return first * qkv_row + (a.heads + kv_head) * a.width; }
    int64_t value(const AttentionArgs& a) const { return key(a) + a.kv_heads * a.width; }
    int64_t mix(const AttentionArgs& a, int64_t position, int64_t head) const { return (first + position) * mixed_row + head * a.width; }
};

// The keys that queries [from, to) may look at, in whole panels.
struct KeyRange {
    int64_t from, to;

    KeyRange(const int32_t* starts, int64_t query_from, int64_t query_to) : from(0), to(padded(query_to)) {
        if (!starts) return;
        from = starts[query_from];
        for (int64_t i = query_from + 1; i < query_to; ++i) from = least(from, starts[i]);
        from = from / KeyStep * KeyStep;
    }
};

// x where keys key, key + 1, … lie in [first, last], `outside` elsewhere.
inline __attribute__((always_inline)) vf only_inside(vf x, int64_t key, int64_t first, int64_t last, float outside) {
    if (key >= first && key + Lanes - 1 <= last) return x;
    const vi lane = lane_numbers();
    x = lane >= int32_t(first - key) ? x : splat(outside);
    return lane <= int32_t(last - key) ? x : splat(outside);
}

// Rows [0, rows) of a strided matrix packed over rows, with zeros in the groups up to padded(rows).
template <class T>
inline void pack_rows_padded(const T* m, int64_t row_elements, int64_t rows, int64_t columns, word* packed) {
    const int64_t groups = groups_of<T>(padded(rows)), used = groups_of<T>(rows);
    pack_over_rows<T>(m, row_elements, 0, rows, columns, packed, groups);
    for (int64_t p = 0; p < columns / Lanes; ++p)
        for (int64_t g = used; g < groups; ++g) *(vu_any*)(packed + (p * groups + g) * Lanes) = vu_any{};
}

template <class T>
struct AttentionScratch {
    T *keys, *queries, *weights;
    word *keys_over_columns, *values_over_rows;
    float *scores, *norm_scales;
    int64_t stride;  // of scores and weights: off the powers of two that share cache sets
    int64_t bytes;

    AttentionScratch(const AttentionArgs& a, char* memory) {
        Cut cut{memory};
        const int64_t keys_padded = padded(a.length);
        stride = keys_padded + 2 * Lanes;
        keys = cut.take<T>(a.length * a.width);
        queries = cut.take<T>(QueryRows * a.width);
        weights = cut.take<T>(TileRows * stride);
        keys_over_columns = cut.take<word>(packed_words<T>(a.width, keys_padded));
        values_over_rows = cut.take<word>(packed_words<T>(keys_padded, a.width));
        scores = cut.take<float>(QueryRows * stride);
        norm_scales = cut.take<float>(a.length);
        bytes = cut.at - memory;
    }
};

// scores → exp((scores − max) scale), rounded to T, zero outside [first, last]; both rows hold keys [from, to). Returns log Σ exp(scores scale).
template <class T>
inline __attribute__((always_inline)) float soften(const float* scores, float scale, int64_t from, int64_t to, int64_t first, int64_t last, T* weights,
                                                   float& total) {
    const int64_t begin = first / Lanes * Lanes, end = last / Lanes * Lanes + Lanes;
    scores -= from;
    weights -= from;
    vf highest = splat(-__builtin_inff()), sums{};
    for (int64_t key = begin; key < end; key += Lanes) highest = largest(highest, only_inside(load(scores + key), key, first, last, -__builtin_inff()));
    const float top = largest(highest) * scale;
    for (int64_t key = from; key < begin; key += Lanes) store(weights + key, vf{});
    for (int64_t key = begin; key < end; key += Lanes) {
        const vf e = only_inside(exp_below(load(scores + key) * scale - top), key, first, last, 0.0f);
        sums += e;
        store(weights + key, e);
    }
    for (int64_t key = end; key < to; key += Lanes) store(weights + key, vf{});
    total = sum(sums);
    return top + __builtin_logf(total);
}

template <class T>
void attend(const AttentionArgs& a, int64_t task, const AttentionScratch<T>& s) {
    const HeadPlace at(a, task);
    const T* qkv = (const T*)a.qkv;
    const int64_t panels = a.width / Lanes, width_groups = groups_of<T>(a.width), value_words = groups_of<T>(padded(a.length)) * Lanes;
    const int32_t* starts = a.starts ? a.starts + at.first : nullptr;
    const float scale = 1.0f / __builtin_sqrtf(float(a.width));

    const Turn turn_query{a.q_norm, a.cosine, a.sine, a.width, a.eps}, turn_key{a.k_norm, a.cosine, a.sine, a.width, a.eps};
    turn_key.forward(qkv + at.key(a), at.qkv_row, 0, a.length, s.keys, s.norm_scales);
    pack_over_columns<T>(s.keys, a.width, 0, a.length, a.width, s.keys_over_columns);
    pack_rows_padded(qkv + at.value(a), at.qkv_row, a.length, a.width, s.values_over_rows);

    const int64_t group = a.heads / a.kv_heads;
    for (int64_t head = at.kv_head * group; head < (at.kv_head + 1) * group; ++head) {
        for (int64_t from = 0; from < a.length; from += QueryRows) {
            const int64_t to = least(from + QueryRows, a.length);
            const KeyRange keys(starts, from, to);
            turn_query.forward(qkv + at.query(a, from, head), at.qkv_row, from, to, s.queries, s.norm_scales);
            const auto keep = [&](int64_t i, int64_t p, vf x) { store(s.scores + i * s.stride + p * Lanes - keys.from, x); };
            // Whole tiles of keys for all queries; of what is left, to each tile of queries its own.
            const int64_t first_panel = keys.from / Lanes, shared = first_panel + (panels_of(from + TileRows) - first_panel) / TilePanels * TilePanels;
            multiply_rows<T>(s.queries, a.width, 0, to - from, first_panel, shared, s.keys_over_columns, width_groups, keep);
            for (int64_t tile = from; tile < to; tile += TileRows) {
                const int64_t end = least(tile + TileRows, to), row = tile - from;
                multiply_rows<T>(s.queries, a.width, row, end - from, shared, panels_of(end), s.keys_over_columns, width_groups, keep);
                float inverse_sums[TileRows];
                for (int64_t i = tile; i < end; ++i) {
                    float total;
                    a.log_sums[(at.first + i) * a.heads + head] = soften(s.scores + (i - from) * s.stride, scale, keys.from, padded(end), starts ? starts[i] : 0, i,
                                                                         s.weights + (i - tile) * s.stride, total);
                    inverse_sums[i - tile] = 1.0f / total;
                }
                T* mixed = (T*)a.mixed + at.mix(a, tile, head);
                multiply_part<T, 1>(0, end - tile, 0, panels, [&](int64_t i) { return (const word*)(s.weights + i * s.stride); },
                                    s.values_over_rows + keys.from / elements_of_word<T> * Lanes, value_words, groups_of<T>(end - keys.from),
                                    [&](int64_t i, int64_t p, vf x) { store(mixed + i * at.mixed_row + p * Lanes, x * inverse_sums[i]); });
            }
        }
    }
}

}  // namespace EDL_ISA
}  // namespace edl
