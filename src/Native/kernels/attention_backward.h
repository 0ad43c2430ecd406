// The gradient of attention.h. Scores are computed again and turned into weights by the log-sums that were kept.
//
//   dV = P^T dO      dS = P (dO V^T − Σ dO·O) / sqrt(R)      dQ = dS K      dK = dS^T Q            (Dao et al. 2022, algorithm 4)
//
// Gradients of keys and values are added up over blocks of queries and then over the heads that share them, always in that order.
#pragma once
#include "attention.h"
#include "query_block_backward.h"

namespace edl {
namespace EDL_ISA {

// Rows of the gradients of the heads lie `shift` rows before those of the tokens.
template <class T>
EDL_LINE_ALIGNED void attend_backward(const AttentionBackwardArgs& args, int64_t task, int64_t shift, const AttentionBackwardScratch<T>& s) {
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
