// The gradient of attention.h. Scores are computed again and turned into weights by the log-sums that were kept.
//
//   dV = P^T dO      dS = P (dO V^T − Σ dO·O) / sqrt(R)      dQ = dS K      dK = dS^T Q            (Dao et al. 2022, algorithm 4)
//
// Gradients of keys and values are added up over blocks of queries and then over the heads that share them, always in that order.
#pragma once
#include "attention.h"
#include "score_gradients.h"

namespace edl {
namespace EDL_ISA {

// Keys taken at a time, so that their scores stay in a core's own cache whatever the length.
constexpr int64_t KeyRows = 576;

template <class T>
struct AttentionBackwardScratch {
    T *keys, *queries, *dscores;
    word *keys_over_columns, *keys_over_rows, *values_over_columns;
    word *queries_over_rows, *dmixed_over_rows, *weights_over_rows, *dscores_over_rows;
    float *dqueries, *dkeys, *dvalues, *query_scales, *key_scales;
    int64_t stride;  // of dscores
    int64_t bytes;

    AttentionBackwardScratch(const AttentionArgs& a, char* memory) {
        Cut cut{memory};
        const int64_t keys_padded = padded(a.length), keys_at_once = least(keys_padded, KeyRows);
        stride = keys_at_once + 2 * Lanes;
        keys = cut.take<T>(a.length * a.width);
        queries = cut.take<T>(QueryRows * a.width);
        dscores = cut.take<T>(QueryRows * stride);
        keys_over_columns = cut.take<word>(packed_words<T>(a.width, keys_padded));
        keys_over_rows = cut.take<word>(packed_words<T>(keys_padded, a.width));
        values_over_columns = cut.take<word>(packed_words<T>(a.width, keys_padded));
        queries_over_rows = cut.take<word>(packed_words<T>(QueryRows, a.width));
        dmixed_over_rows = cut.take<word>(packed_words<T>(QueryRows, a.width));
        weights_over_rows = cut.take<word>(packed_words<T>(QueryRows, keys_at_once));
        dscores_over_rows = cut.take<word>(packed_words<T>(QueryRows, keys_at_once));
        dqueries = cut.take<float>(QueryRows * a.width);
        dkeys = cut.take<float>(keys_padded * a.width);
        dvalues = cut.take<float>(keys_padded * a.width);
        query_scales = cut.take<float>(QueryRows);
        key_scales = cut.take<float>(a.length);
        bytes = cut.at - memory;
    }
};

// sums[row, 16p..] += x
struct AddTo {
    float* sums;
    int64_t row_elements;
    inline __attribute__((always_inline)) void operator()(int64_t row, int64_t p, vf x) const {
        float* at = sums + row * row_elements + p * Lanes;
        store(at, load(at) + x);
    }
};

// One block of queries of one head. `queries` and `dmixed` are packed already.
template <class T>
inline void attend_block_backward(const AttentionArgs& a, const QueryRow* rows, int64_t count, KeyRange range, const T* dmixed, int64_t mixed_row,
                                  const AttentionBackwardScratch<T>& s) {
    constexpr int64_t step = elements_of_word<T>;
    const int64_t panels = a.width / Lanes, groups = groups_of<T>(count);
    const int64_t key_words = groups_of<T>(padded(a.length)) * Lanes;
    const float scale = 1.0f / __builtin_sqrtf(float(a.width));
    const QueryBlock<T> block{rows, count, a.width, scale, s.queries, dmixed, mixed_row, s.keys_over_columns, s.values_over_columns, s.weights_over_rows,
                              s.dscores_over_rows, s.dscores, s.stride};
    const int64_t first = rows[0].keys.last;
    for (int64_t i = 0; i < count * a.width; i += Lanes) store(s.dqueries + i, vf{});
    for (int64_t from = range.from; from < range.to; from += KeyRows) {
        const int64_t to = least(from + KeyRows, range.to), from_panel = from / Lanes, to_panel = to / Lanes;
        // Whole tiles of keys for all queries; of what is left, to each tile of queries its own.
        const int64_t shared = from_panel + greatest(0, least(panels_of(first + TileRows), to_panel) - from_panel) / TilePanels * TilePanels;
        for (int64_t p = from_panel; p < shared; p += TilePanels)
            for (int64_t row = 0; row < count; row += TileRows) block.tile(row, least(row + TileRows, count), p, p + TilePanels, from);
        for (int64_t row = 0; row < count; row += TileRows) {
            const int64_t end = least(row + TileRows, count), last = least(panels_of(first + end), to_panel);
            for (int64_t p = shared; p < last; p += TilePanels) block.tile(row, end, p, least(p + TilePanels, last), from);
            if (first + end > from)
                multiply_part<T, 1>(row, end, 0, panels, [&](int64_t i) { return (const word*)(s.dscores + i * s.stride); }, s.keys_over_rows + from / step * Lanes,
                                    key_words, groups_of<T>(least(first + end, to) - from), AddTo{s.dqueries, a.width});
        }
        const int64_t last_key = least(to, first + count);
        for (int64_t key = from; key < last_key; key += TileRows) {
            const int64_t before = greatest(0, key - first) / step * Lanes, end = least(key + TileRows, last_key), left = groups - before / Lanes;
            const auto packed_row = [&](const word* packed) __attribute__((always_inline)) {
                return [=](int64_t i) { return packed + (i - from) / Lanes * groups * Lanes + (i - from) % Lanes + before; };
            };
            multiply_part<T, Lanes>(key, end, 0, panels, packed_row(s.weights_over_rows), s.dmixed_over_rows + before, groups * Lanes, left, AddTo{s.dvalues, a.width});
            multiply_part<T, Lanes>(key, end, 0, panels, packed_row(s.dscores_over_rows), s.queries_over_rows + before, groups * Lanes, left, AddTo{s.dkeys, a.width});
        }
    }
}

// Rows of the gradients of the heads lie `shift` rows before those of the tokens.
template <class T>
void attend_backward(const AttentionBackwardArgs& args, int64_t task, int64_t shift, const AttentionBackwardScratch<T>& s) {
    const AttentionArgs& a = args.forward;
    const HeadPlace at(a, task);
    const T* qkv = (const T*)a.qkv;
    T* dqkv = (T*)args.dqkv - shift * at.qkv_row;
    const int64_t width = a.width;
    const int32_t* starts = a.starts ? a.starts + at.first : nullptr;
    float *dq_norm = args.dq_norm + task * width, *dk_norm = args.dk_norm + task * width;
    for (int64_t i = 0; i < width; i += Lanes) store(dq_norm + i, vf{}), store(dk_norm + i, vf{});
    for (int64_t i = 0; i < padded(a.length) * width; i += Lanes) store(s.dkeys + i, vf{}), store(s.dvalues + i, vf{});

    const Turn turn_query{a.q_norm, a.cosine, a.sine, width, a.eps}, turn_key{a.k_norm, a.cosine, a.sine, width, a.eps};
    turn_key.forward(qkv + at.key(a), at.qkv_row, 0, a.length, s.keys, s.key_scales);
    pack_over_columns<T>(s.keys, width, 0, a.length, width, s.keys_over_columns);
    pack_rows_padded(s.keys, width, a.length, width, s.keys_over_rows);
    const T* values = qkv + at.value(a);
    for (int64_t i = 0; i < a.length; i += Lanes) {
        for (int64_t next = i + Lanes; next < least(i + 2 * Lanes, a.length); ++next) fetch_row(values + next * at.qkv_row, width);
        pack_over_columns<T>(values, at.qkv_row, i, least(i + Lanes, a.length), width, s.values_over_columns);
    }

    const int64_t group = a.heads / a.kv_heads;
    QueryRow rows[QueryRows];
    for (int64_t head = at.kv_head * group; head < (at.kv_head + 1) * group; ++head) {
        for (int64_t from = 0; from < a.length; from += QueryRows) {
            const int64_t to = least(from + QueryRows, a.length), count = to - from;
            const T *raw = qkv + at.query(a, from, head), *dmixed = (const T*)args.dmixed - shift * at.mixed_row + at.mix(a, from, head);
            for (int64_t i = from; i < to; ++i) {
                const int64_t scalar = (at.first + i) * a.heads + head;
                rows[i - from] = {{starts ? starts[i] : 0, i}, a.log_sums[scalar], args.deltas[scalar]};
                fetch_row(dmixed + (i - from) * at.mixed_row, width);
            }
            turn_query.forward(raw, at.qkv_row, from, to, s.queries, s.query_scales);
            pack_over_rows<T>(s.queries, width, 0, count, width, s.queries_over_rows, groups_of<T>(count));
            pack_over_rows<T>(dmixed, at.mixed_row, 0, count, width, s.dmixed_over_rows, groups_of<T>(count));
            attend_block_backward<T>(a, rows, count, KeyRange(starts, from, to), dmixed, at.mixed_row, s);
            turn_query.backward(s.dqueries, raw, dqkv + at.query(a, from, head), at.qkv_row, from, to, s.query_scales, dq_norm);
        }
    }
    turn_key.backward(s.dkeys, qkv + at.key(a), dqkv + at.key(a), at.qkv_row, 0, a.length, s.key_scales, dk_norm);
    for (int64_t i = 0; i < a.length; ++i) copy_row(s.dvalues + i * width, width, dqkv + at.value(a) + i * at.qkv_row);
}

}  // namespace EDL_ISA
}  // namespace edl
