// The gradient of attention_block.cpp, its phases backwards:
//   1  blocks of rows: gradient of the mixed heads, and its product with them
//   2  sequences and key heads: gradients of queries, keys and values
//   3  blocks of rows: gradient of the normed stream, of the stream
//   4  rows of the two weights' gradients
#include <omp.h>

#include "attention_backward.h"
#include "norm.h"
#include "sequences.h"
#include "weight_gradient.h"

namespace edl {
namespace EDL_ISA {

template <class T>
void project_out_backward(const AttentionBackwardArgs& args, int64_t block, int64_t shift) {
    const AttentionArgs& a = args.forward;
    const auto [from, to] = RowBlock(a, block);
    const int64_t columns = a.heads * a.width, d = a.dim, tokens = a.batch * a.length;
    T* dy = (T*)scratch(BlockRows * d * sizeof(T));
    for (int64_t t = from; t < to; ++t) copy_row(args.dy + t * d, d, dy + (t - from) * d);
    const T* mixed = (const T*)a.mixed + from * columns;
    T* dmixed = (T*)args.dmixed + (from - shift) * columns;
    multiply_rows<T>(dy, d, 0, to - from, 0, columns / Lanes, (const word*)args.out_over_rows, groups_of<T>(d),
                     [=](int64_t i, int64_t p, vf x) { store(dmixed + i * columns + p * Lanes, x); });
    for (int64_t i = 0; i < (to - from) * a.heads; ++i) {
        vf products{};
        for (int64_t r = i * a.width; r < (i + 1) * a.width; r += Lanes) products += load(mixed + r) * load(dmixed + r);
        args.deltas[from * a.heads + i] = sum(products);
    }
    pack_into_chunk(dy, from, to, tokens, d, args.packed_dy);
    pack_into_chunk(mixed, from, to, tokens, columns, args.packed_mixed);
}

template <class T>
void project_heads_backward(const AttentionBackwardArgs& args, int64_t block, int64_t shift) {
    const AttentionArgs& a = args.forward;
    const auto [from, to] = RowBlock(a, block);
    const int64_t columns = (a.heads + 2 * a.kv_heads) * a.width, d = a.dim, tokens = a.batch * a.length;
    Cut cut{scratch(aligned(BlockRows * d * sizeof(float)) + aligned(BlockRows * d * sizeof(T)))};
    float* dnormed = cut.take<float>(BlockRows * d);
    T* normed = cut.take<T>(BlockRows * d);
    const T* dqkv = (const T*)args.dqkv + (from - shift) * columns;
    float* dnorm = args.dnorm + block * d;
    pack_into_chunk(dqkv, from, to, tokens, columns, args.packed_dqkv);
    // A stretch of the summed columns at a time, whose panels of the weight stay in the nearest cache.
    constexpr int64_t groups_at_once = 128;
    const int64_t groups = groups_of<T>(columns);
    for (int64_t first = 0; first < groups; first += groups_at_once)
        multiply_part<T, 1>(0, to - from, 0, d / Lanes, [=](int64_t i) { return (const word*)(dqkv + i * columns) + first; },
                            (const word*)args.qkv_over_rows + first * Lanes, groups * Lanes, least(groups_at_once, groups - first), [=](int64_t i, int64_t p, vf x) {
                                float* out = dnormed + i * d + p * Lanes;
                                store(out, first ? load(out) + x : x);
                            });
    for (int64_t i = 0; i < d; i += Lanes) store(dnorm + i, vf{});
    for (int64_t t = from; t < to; ++t) {
        const float *x = a.x + t * d, scale = a.scale[t];
        for (int64_t i = 0; i < d; i += Lanes) store(normed + (t - from) * d + i, load(x + i) * scale * load(a.norm + i));
        norm_row_backward(dnormed + (t - from) * d, x, a.norm, d, scale, args.dy + t * d, args.dx + t * d, dnorm);
    }
    pack_into_chunk(normed, from, to, tokens, d, args.packed_x);
}

// Rows of a weight's gradient, a task. Many rows share what is fetched, few share the work evenly: large tasks first, small ones at the end.
struct WeightRows {
    static constexpr int64_t Large = 96, Small = 48;
    bool of_qkv;
    int64_t from, to;

    WeightRows(int64_t task, int64_t qkv_columns, int64_t dim) {
        const int64_t large = qkv_columns / Large, small = (qkv_columns % Large + Small - 1) / Small;
        of_qkv = task < large + small;
        from = task < large ? task * Large : of_qkv ? large * Large + (task - large) * Small : (task - large - small) * Small;
        to = least(from + (task < large ? Large : Small), of_qkv ? qkv_columns : dim);
    }
    static int64_t count(int64_t qkv_columns, int64_t dim) {
        return qkv_columns / Large + (qkv_columns % Large + Small - 1) / Small + (dim + Small - 1) / Small;
    }
};

template <class T>
void attention_block_backward(const AttentionBackwardArgs& args) {
    static_assert(WeightRows::Large <= MostGradientRows);
    const AttentionArgs& a = args.forward;
    const int64_t tokens = a.batch * a.length, whole = whole_sequences(a), first_block = RowBlock::count(a, whole), blocks = RowBlock::count(a, a.batch);
    const int64_t mixed_columns = a.heads * a.width, qkv_columns = mixed_columns + 2 * a.kv_heads * a.width;
#pragma omp parallel num_threads(a.threads)
    {
        const AttentionBackwardScratch<T> working(a, scratch<1>(AttentionBackwardScratch<T>(a, nullptr).bytes));
        // What is only passed on from phase to phase always takes a thread's own rows of the workspace, which its cache then knows.
        const int64_t own = omp_get_thread_num();
#pragma omp for schedule(dynamic, 1) nowait
        for (int64_t sequence = 0; sequence < whole; ++sequence) {
            const int64_t from = RowBlock::count(a, sequence), to = RowBlock::count(a, sequence + 1), shift = (sequence - own) * a.length;
            for (int64_t block = from; block < to; ++block) project_out_backward<T>(args, block, shift);
            for (int64_t head = 0; head < a.kv_heads; ++head) attend_backward<T>(args, sequence * a.kv_heads + head, shift, working);
            for (int64_t block = from; block < to; ++block) project_heads_backward<T>(args, block, shift);
        }
#pragma omp for schedule(dynamic, 1)
        for (int64_t block = first_block; block < blocks; ++block) project_out_backward<T>(args, block, 0);
#pragma omp for schedule(dynamic, 1)
        for (int64_t task = whole * a.kv_heads; task < a.batch * a.kv_heads; ++task) attend_backward<T>(args, task, 0, working);
#pragma omp for schedule(dynamic, 1)
        for (int64_t block = first_block; block < blocks; ++block) project_heads_backward<T>(args, block, 0);
#pragma omp for schedule(dynamic, 1)
        for (int64_t task = 0; task < WeightRows::count(qkv_columns, a.dim); ++task) {
            const WeightRows rows(task, qkv_columns, a.dim);
            if (rows.of_qkv)
                weight_gradient<T>(args.packed_dqkv, qkv_columns, args.packed_x, a.dim, tokens, rows.from, rows.to, args.dwqkv, args.squares);
            else
                weight_gradient<T>(args.packed_dy, a.dim, args.packed_mixed, mixed_columns, tokens, rows.from, rows.to, args.dwout, args.squares + qkv_columns);
        }
    }
}

template void attention_block_backward<float>(const AttentionBackwardArgs&);
template void attention_block_backward<bf16>(const AttentionBackwardArgs&);

}  // namespace EDL_ISA
}  // namespace edl
