// x + attention(norm x), in three phases of tasks that write what is theirs alone (sequences.h):
//   1  blocks of rows: norm, product to queries, keys and values
//   2  sequences and key heads: norm of the heads, rotary positions, attention
//   3  blocks of rows: output product, added to the residual stream
#include "attention.h"
#include "background.h"
#include "norm.h"
#include "sequences.h"

namespace edl {
namespace EDL_ISA {

template <class T>
void project_heads(const AttentionArgs& a, int64_t block, Beside& beside) {
    const auto [from, to] = RowBlock(a, block);
    const int64_t columns = (a.heads + 2 * a.kv_heads) * a.width, d = a.dim;
    T* normed = (T*)scratch(BlockRows * d * sizeof(T));
    for (int64_t t = from; t < to; ++t) a.scale[t] = norm_row(a.x + t * d, a.norm, d, a.eps, normed + (t - from) * d);
    T* qkv = (T*)a.qkv + from * columns;
    multiply_rows<T>(normed, d, 0, to - from, 0, columns / Lanes, (const word*)a.qkv_over_columns, groups_of<T>(d),
                     [=](int64_t i, int64_t p, vf x) { store(qkv + i * columns + p * Lanes, x); }, beside);
}

template <class T>
void project_out(const AttentionArgs& a, int64_t block, Beside& beside) {
    const auto [from, to] = RowBlock(a, block);
    const int64_t columns = a.heads * a.width, d = a.dim;
    constexpr int64_t ahead = 4 * TileRows;
    multiply_rows<T>((const T*)a.mixed, columns, from, to, 0, d / Lanes, (const word*)a.out_over_columns, groups_of<T>(columns), [=](int64_t t, int64_t p, vf x) {
        const int64_t at = t * d + p * Lanes;
        store(a.y + at, x + load(a.x + at));
        __builtin_prefetch(a.x + at + ahead * d);
        __builtin_prefetch(a.y + at + ahead * d, 1);
    }, beside);
}

template <class T>
void attention_block(const AttentionArgs& a) {
    const int64_t whole = whole_sequences(a), first_block = RowBlock::count(a, whole), blocks = RowBlock::count(a, a.batch);
#pragma omp parallel num_threads(a.threads)
    {
        const AttentionScratch<T> working(a, scratch<1>(AttentionScratch<T>(a, nullptr).bytes));
        Beside beside(a.background);
#pragma omp for schedule(dynamic, 1) nowait
        for (int64_t sequence = 0; sequence < whole; ++sequence) {
            const int64_t from = RowBlock::count(a, sequence), to = RowBlock::count(a, sequence + 1);
            for (int64_t block = from; block < to; ++block) project_heads<T>(a, block, beside);
            for (int64_t head = 0; head < a.kv_heads; ++head) attend<T>(a, sequence * a.kv_heads + head, working);
            for (int64_t block = from; block < to; ++block) project_out<T>(a, block, beside);
        }
        if (whole < a.batch) {
#pragma omp for schedule(dynamic, 1)
            for (int64_t block = first_block; block < blocks; ++block) project_heads<T>(a, block, beside);
#pragma omp for schedule(dynamic, 1)
            for (int64_t task = whole * a.kv_heads; task < a.batch * a.kv_heads; ++task) attend<T>(a, task, working);
#pragma omp for schedule(dynamic, 1) nowait
            for (int64_t block = first_block; block < blocks; ++block) project_out<T>(a, block, beside);
        }
        beside.finish();
    }
}

template void attention_block<float>(const AttentionArgs&);
template void attention_block<bf16>(const AttentionArgs&);

}  // namespace EDL_ISA
}  // namespace edl
