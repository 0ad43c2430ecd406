// AdamW in one pass over memory for a whole list of parameters, and the packing of the new weights on the way.
// Every element is computed on its own, so the result does not depend on the number of threads.
#include "adamw.h"
#include "pack.h"

namespace edl {
namespace EDL_ISA {

inline void adamw_range(float* __restrict p, const float* __restrict g, float* __restrict m, float* __restrict v, int64_t count, const AdamWStep& s) {
    for (int64_t i = 0; i < count; ++i) {
        const float gradient = g[i] * s.scale;
        const float first = m[i] + (1 - s.beta1) * (gradient - m[i]);
        const float second = s.beta2 * v[i] + (1 - s.beta2) * gradient * gradient;
        m[i] = first;
        v[i] = second;
        p[i] = p[i] * s.decay - s.rate * first / (__builtin_sqrtf(second) / s.root_correction + s.eps);
    }
}

template <class T>
inline void pack_rows(const float* m, const AdamWTensor& t, int64_t matrix, int64_t from, int64_t to, bool stream) {
    pack_over_rows<T>(m, t.columns, from, to, t.columns, (word*)t.over_rows + matrix * packed_words<T>(t.rows, t.columns), groups_of<T>(t.rows), stream);
    pack_over_columns<T>(m, t.columns, from, to, t.columns, (word*)t.over_columns + matrix * packed_words<T>(t.columns, t.rows), stream);
}

void adamw_rows(const AdamWArgs& a, int64_t index, int64_t first, int64_t last) {
    const AdamWTask& task = a.tasks[index];
    const AdamWTensor& t = a.tensors[task.tensor];
    // Sixteen rows at a time: what is packed over columns, and few enough to stay in the first cache.
    for (int64_t from = first; from < last; from += Lanes) {
        const int64_t to = least(from + Lanes, last);
        const int64_t at = (task.matrix * t.rows + from) * t.columns;
        adamw_range(t.p + at, t.g + at, t.m + at, t.v + at, (to - from) * t.columns, a.step);
        if (!t.over_rows) continue;
        const float* matrix = t.p + task.matrix * t.rows * t.columns;
        if (t.bf16)
            pack_rows<bf16>(matrix, t, task.matrix, from, to, a.stream);
        else
            pack_rows<float>(matrix, t, task.matrix, from, to, a.stream);
    }
    if (a.stream) stream_fence();
}

void adamw(const AdamWArgs& a) {
#pragma omp parallel for schedule(dynamic, 1) num_threads(a.threads)
    for (int64_t task = 0; task < a.count; ++task) adamw_rows(a, task, a.tasks[task].from, a.tasks[task].to);
}

}  // namespace EDL_ISA
}  // namespace edl
