// Weights of attention and gradients of its scores, a register tile of queries and keys at a time: neither ever exists in fp32 outside a tile.
#pragma once
#include "attention.h"

namespace edl {
namespace EDL_ISA {

// What the weights of a query and their gradients need to know of it.
struct QueryRow {
    int64_t first, last;  // keys it looks at
    float log_sum, delta;
};

// Two rows side by side as words: the first in the lower halves.
inline __attribute__((always_inline)) vu interleave(vf first, vf second) { return interleave(narrow(first), narrow(second)); }

// A block of queries of one head.
template <class T>
struct QueryBlock {
    const QueryRow* rows;
    int64_t count, width;
    float scale;
    const T *queries, *dmixed;  // rows of queries are `width` apart
    int64_t mixed_row;
    const word *keys_over_columns, *values_over_columns;
    // Results, from key `from` on. The first two have the groups of `count` rows in a panel.
    word *weights_over_rows, *dscores_over_rows;
    T* dscores;
    int64_t stride;  // of dscores

    // Queries [row, end), keys of panels [panel, last), at most a tile.
    inline void tile(int64_t row, int64_t end, int64_t panel, int64_t last, int64_t from) const {
        constexpr int64_t step = elements_of_word<T>;
        const int64_t groups = groups_of<T>(count), width_groups = groups_of<T>(width);
        vf scores[TileRows][TilePanels], dweights[TileRows][TilePanels];
        multiply_rows<T>(queries, width, row, end, panel, last, keys_over_columns, width_groups, [&](int64_t i, int64_t p, vf x) { scores[i - row][p - panel] = x; });
        multiply_rows<T>(dmixed, mixed_row, row, end, panel, last, values_over_columns, width_groups,
                         [&](int64_t i, int64_t p, vf x) { dweights[i - row][p - panel] = x; });
        for (int64_t i = row; i < end; i += step)
            for (int64_t p = panel; p < last; ++p) {
                const int64_t key = p * Lanes;
                vf weight[2] = {}, dscore[2] = {};
#pragma GCC unroll 2
                for (int64_t r = 0; r < step; ++r) {
                    if (i + r >= end) break;
                    const QueryRow& query = rows[i + r];
                    weight[r] = only_inside(exp_below(scores[i + r - row][p - panel] * scale - query.log_sum), key, query.first, query.last, 0.0f);
                    dscore[r] = weight[r] * (dweights[i + r - row][p - panel] - query.delta) * scale;
                    store(dscores + (i + r) * stride + key - from, dscore[r]);
                }
                word *weights_at = weights_over_rows + (key - from) * groups + i / step * Lanes, *dscores_at = dscores_over_rows + (key - from) * groups + i / step * Lanes;
                *(vu_any*)weights_at = step == 1 ? (vu)weight[0] : interleave(weight[0], weight[1]);
                *(vu_any*)dscores_at = step == 1 ? (vu)dscore[0] : interleave(dscore[0], dscore[1]);
            }
    }
};

}  // namespace EDL_ISA
}  // namespace edl
