// Weights of attention and gradients of its scores, a register tile of queries and keys at a time: neither ever exists in fp32 outside
// of one.
#pragma once
#include "causal.h"
#include "pairs.h"
#include "powers.h"

namespace edl {
namespace EDL_ISA {

// What the weights of a query and their gradients need to know of it.
struct QueryRow {
    QueryKeys keys;
    float log_sum, delta;
};

// A block of queries of one head, and what is known of the keys.
template <class T>
struct QueryBlock {
    const QueryRow* rows;
    int64_t count, width;
    float scale;
    const T *queries, *dmixed;  // rows of queries are `width` apart
    int64_t mixed_row;
    const word *keys_over_columns, *values_over_columns;
    // Results, from key `from` on; in the first two a panel has the groups of `count` rows.
    word *weights_over_rows, *dscores_over_rows;
    T* dscores;
    int64_t stride;  // of dscores

    typedef vf Tile[TileRows][TilePanels];

    // Queries [row, end), keys of panels [panel, last), at most a tile.
    EDL_LINE_ALIGNED inline void tile(int64_t row, int64_t end, int64_t panel, int64_t last, int64_t from) const {
        const int64_t groups = groups_of<T>(width);
        Tile scores, dweights;
        multiply_rows<T>(queries, width, row, end, panel, last, keys_over_columns, groups, [&](int64_t i, int64_t p, vf x) { scores[i - row][p - panel] = x; });
        multiply_rows<T>(dmixed, mixed_row, row, end, panel, last, values_over_columns, groups, [&](int64_t i, int64_t p, vf x) { dweights[i - row][p - panel] = x; });
        const QueryKeys all = in_sight_of_all(rows + row, end - row);
        if (all.hold(panel * Lanes) && all.hold((last - 1) * Lanes))
            gradients<false>(row, end, panel, last, from, scores, dweights);
        else
            gradients<true>(row, end, panel, last, from, scores, dweights);
    }

   private:
    template <bool masked>
    inline __attribute__((always_inline)) void gradient(const QueryRow& query, int64_t key, vf score, vf dweight, vf& weight, vf& dscore) const {
        weight = exp2_below(score * (scale * Log2OfE) - query.log_sum);
        if (masked) weight = query.keys.only(weight, key, 0.0f);
        dscore = weight * (dweight - query.delta) * scale;
    }

    template <bool masked>
    inline __attribute__((always_inline)) void gradients(int64_t row, int64_t end, int64_t panel, int64_t last, int64_t from, const Tile& scores,
                                                          const Tile& dweights) const {
        constexpr int64_t step = elements_of_word<T>;
        const int64_t groups = groups_of<T>(count);
        for (int64_t i = row; i < end; i += step) {
            for (int64_t p = panel; p < last; ++p) {
                const int64_t key = p * Lanes, at = (key - from) * groups + i / step * Lanes;
                vf weight, dscore;
                gradient<masked>(rows[i], key, scores[i - row][p - panel], dweights[i - row][p - panel], weight, dscore);
                store(dscores + i * stride + key - from, dscore);
                if constexpr (step == 1) {
                    *(vf_any*)(weights_over_rows + at) = (vf_any)weight;
                    *(vf_any*)(dscores_over_rows + at) = (vf_any)dscore;
                } else {
                    vf next_weight{}, next_dscore{};
                    if (i + 1 < end) {
                        gradient<masked>(rows[i + 1], key, scores[i + 1 - row][p - panel], dweights[i + 1 - row][p - panel], next_weight, next_dscore);
                        store(dscores + (i + 1) * stride + key - from, next_dscore);
                    }
                    *(vu_any*)(weights_over_rows + at) = (vu_any)interleave(weight, next_weight);
                    *(vu_any*)(dscores_over_rows + at) = (vu_any)interleave(dscore, next_dscore);
                }
            }
        }
    }
};

}  // namespace EDL_ISA
}  // namespace edl
