// Causal attention of the query heads that share a key head, in one sequence. Blocks of queries meet the keys up to the diagonal;
// scores stay in a core's own cache.
#pragma once
#include "heads.h"
#include "scratch.h"
#include "soften.h"

namespace edl {
namespace EDL_ISA {

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

template <class T>
EDL_LINE_ALIGNED void attend(const AttentionArgs& a, int64_t task, const AttentionScratch<T>& s) {
    const HeadPlace at(a, task);
    const T* qkv = (const T*)a.qkv;
    const int64_t panels = a.width / Lanes, width_groups = groups_of<T>(a.width), value_words = groups_of<T>(padded(a.length)) * Lanes;
    const int32_t* starts = a.starts ? a.starts + at.first : nullptr;
    const float scale = Log2OfE / __builtin_sqrtf(float(a.width));  // soft-max works with powers of two

    const Turn turn_query{a.q_norm, a.cosine, a.sine, a.width, a.eps}, turn_key{a.k_norm, a.cosine, a.sine, a.width, a.eps};
    turn_key.forward(qkv + at.key(a), at.qkv_row, 0, a.length, s.keys, s.norm_scales);
    pack_over_columns<T>(s.keys, a.width, 0, a.length, a.width, s.keys_over_columns);
    pack_rows_padded(qkv + at.value(a), at.qkv_row, a.length, a.width, s.values_over_rows);

    const int64_t group = a.heads / a.kv_heads;
    SoftRow rows[QueryRows];
    for (int64_t head = at.kv_head * group; head < (at.kv_head + 1) * group; ++head) {
        for (int64_t from = 0; from < a.length; from += QueryRows) {
            const int64_t to = least(from + QueryRows, a.length);
            const KeyRange keys(starts, from, to);
            const auto keep = [&](int64_t i, int64_t p, vf x) { store(s.scores + i * s.stride + p * Lanes - keys.from, x); };
            turn_query.forward(qkv + at.query(a, from, head), at.qkv_row, from, to, s.queries, s.norm_scales);
            // Whole tiles of keys for all queries; of what is left, to each tile of queries its own.
            const int64_t first_panel = keys.from / Lanes, shared = first_panel + (panels_of(from + TileRows) - first_panel) / TilePanels * TilePanels;
            multiply_rows<T>(s.queries, a.width, 0, to - from, first_panel, shared, s.keys_over_columns, width_groups, keep);
            for (int64_t tile = from; tile < to; tile += TileRows) {
                const int64_t end = least(tile + TileRows, to), row = tile - from;
                multiply_rows<T>(s.queries, a.width, row, end - from, shared, panels_of(end), s.keys_over_columns, width_groups, keep);
                for (int64_t i = tile; i < end; ++i) rows[i - from].keys = {starts ? starts[i] : 0, i};
                soften(rows + row, end - tile, s.scores + row * s.stride, scale, keys.from, padded(end), s.weights, s.stride);
                float inverse[TileRows];
                for (int64_t i = tile; i < end; ++i) inverse[i - tile] = 1.0f / rows[i - from].total;
                T* mixed = (T*)a.mixed + at.mix(a, tile, head);
                multiply_part<T, 1>(0, end - tile, 0, panels, [&](int64_t i) { return (const word*)(s.weights + i * s.stride); },
                                    s.values_over_rows + keys.from / elements_of_word<T> * Lanes, value_words, groups_of<T>(end - keys.from),
                                    [&](int64_t i, int64_t p, vf x) { store(mixed + i * at.mixed_row + p * Lanes, x * inverse[i]); });
            }
            log_sums(rows, to - from, a.log_sums + (at.first + from) * a.heads + head, a.heads);
        }
    }
}

}  // namespace EDL_ISA
}  // namespace edl
