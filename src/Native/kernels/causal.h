// Who looks at whom: sequences and heads among the tokens, and the keys of a query, which are those before it and itself, from the
// start of its document on.
#pragma once
#include "attention_args.h"
#include "pack.h"

// For functions a tenth of whose time hangs on where their loops lie among the cache lines: they then lie where they lay when measured.
#define EDL_LINE_ALIGNED __attribute__((aligned(64)))

namespace edl {
namespace EDL_ISA {

// Queries taken at a time. Tiles of queries and of keys begin at multiples of TileRows, panels of keys at multiples of the lanes, and
// blocks of both at multiples of KeyStep: no tile straddles blocks.
constexpr int64_t QueryRows = 96, KeyStep = 48;
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

// The first and last key of a query.
struct QueryKeys {
    int64_t first, last;

    // Whether a panel's keys are among them.
    bool hold(int64_t key) const { return key >= first && key + Lanes - 1 <= last; }
    // x where a panel's keys are among them, `outside` elsewhere.
    inline __attribute__((always_inline)) vf only(vf x, int64_t key, float outside) const {
        const vi lane = lane_numbers();
        x = lane >= int32_t(first - key) ? x : splat(outside);
        return lane <= int32_t(last - key) ? x : splat(outside);
    }
};

// The keys that are in sight of all queries of a tile.
template <class Row>
inline QueryKeys in_sight_of_all(const Row* rows, int64_t count) {
    QueryKeys all{rows[0].keys.first, rows[0].keys.last};
    for (int64_t i = 1; i < count; ++i) all.first = greatest(all.first, rows[i].keys.first);
    return all;
}

}  // namespace EDL_ISA
}  // namespace edl
