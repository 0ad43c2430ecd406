// The gradient of one block of queries of one head, and what it adds to those of the keys and values.
#pragma once
#include "attention_args.h"
#include "scratch.h"
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

// The products are cut off at the diagonal, tile by tile. `queries` and `dmixed` are packed already.
template <class T>
EDL_LINE_ALIGNED inline void attend_block_backward(const AttentionArgs& a, const QueryRow* rows, int64_t count, KeyRange range, const T* dmixed, int64_t mixed_row,
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

}  // namespace EDL_ISA
}  // namespace edl
