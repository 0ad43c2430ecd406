// Packing weights, once a step: fp32 masters to the panels that the products of the pass and of its gradient read.
#include "pack.h"
#include "weights_args.h"

namespace edl {
namespace EDL_ISA {

// Panels to pack in one task: enough work to be worth a turn, little enough to share evenly.
constexpr int64_t PackRows = 64;

template <class T>
void pack(const PackArgs& a) {
    const int64_t row_tasks = (a.rows + PackRows - 1) / PackRows;
    const int64_t row_groups = groups_of<T>(a.rows);
    const int64_t over_rows_words = packed_words<T>(a.rows, a.columns), over_columns_words = packed_words<T>(a.columns, a.rows);
#pragma omp parallel for schedule(static) num_threads(a.threads)
    for (int64_t task = 0; task < a.count * row_tasks; ++task) {
        const int64_t matrix = task / row_tasks, from = task % row_tasks * PackRows;
        const int64_t to = from + PackRows < a.rows ? from + PackRows : a.rows;
        const float* m = a.weights + matrix * a.rows * a.columns;
        pack_over_rows<T>(m, a.columns, from, to, a.columns, (word*)a.over_rows + matrix * over_rows_words, row_groups);
        pack_over_columns<T>(m, a.columns, from, to, a.columns, (word*)a.over_columns + matrix * over_columns_words);
    }
}

template void pack<float>(const PackArgs&);
template void pack<bf16>(const PackArgs&);

}  // namespace EDL_ISA
}  // namespace edl
