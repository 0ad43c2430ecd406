// Last norm, head and cross-entropy in one pass over the tokens, with the gradient of the logits on the way: they are never
// written out in fp32. Tasks of 24 rows, whose logits stay in a core's own cache.
#include "head_loss_args.h"
#include "norm.h"
#include "pack.h"
#include "powers.h"
#include "scratch.h"
#include "weight_gradient.h"

namespace edl {
namespace EDL_ISA {

static_assert(ChunkRows % HeadRows == 0, "a task's rows lie in one chunk");

// logits (in place) → exp(logit − max), 0 behind the last; returns log Σ exp.
inline __attribute__((always_inline)) float exponentiate(float* logits, int64_t count, float& total) {
    const int64_t whole = count / Lanes * Lanes, columns = panels_of(count) * Lanes;
    for (int64_t c = count; c < columns; ++c) logits[c] = logits[0];
    vf highest = load(logits), other = highest, sums{};
    for (int64_t c = 0; c + Lanes < columns; c += 2 * Lanes) {
        highest = largest(highest, load(logits + c));
        other = largest(other, load(logits + c + Lanes));
    }
    const float top = largest(largest(largest(highest, other), load(logits + columns - Lanes))), scaled_top = top * Log2OfE;
    const auto power = [=](int64_t c) __attribute__((always_inline)) { return exp2_below(load(logits + c) * Log2OfE - scaled_top); };
    for (int64_t c = 0; c < whole; c += Lanes) {
        const vf e = power(c);
        store(logits + c, e);
        sums += e;
    }
    if (whole < columns) {
        const vf e = lane_numbers() < int32_t(count - whole) ? power(whole) : vf{};
        store(logits + whole, e);
        sums += e;
    }
    total = sum(sums);
    return top + __builtin_logf(total);
}

// The gradient of −log p(target) at the logits, p − 1[target], rounded to T: rows r and r + 1 row-major, and as packed words.
template <class T>
inline __attribute__((always_inline)) void logit_gradients(float* const* e, const float* share, const int64_t* target, int64_t rows, int64_t columns,
                                                            T* const* out, word* packed, int64_t groups) {
    for (int64_t r = 0; r < rows; ++r)
        if (target[r] >= 0) e[r][target[r]] -= 1.0f / share[r];
    for (int64_t c = 0; c < columns; c += Lanes, packed += groups * Lanes) {
        const vf first = load(e[0] + c) * share[0];
        store(out[0] + c, first);
        if constexpr (sizeof(T) == 4) {
            *(vf_any*)packed = (vf_any)first;
        } else {
            vf second{};
            if (rows == 2) {
                second = load(e[1] + c) * share[1];
                store(out[1] + c, second);
            }
            put(packed, interleave(first, second), true);  // read in the next phase only: past the caches
        }
    }
}

template <class T>
void head_rows(const HeadLossArgs& a, int64_t from, int64_t to, float* dnorm) {
    constexpr int64_t step = elements_of_word<T>;
    const int64_t d = a.dim, panels = panels_of(a.vocabulary), columns = panels * Lanes;
    const int64_t chunk = from / ChunkRows, groups = groups_of<T>(rows_of_chunk(chunk, a.tokens));
    word* dlogits = (word*)a.dlogits + chunk * chunk_words<T>(columns) + from % ChunkRows / step * Lanes;
    Cut cut{scratch(HeadRows * (aligned(columns * sizeof(float)) + aligned(columns * sizeof(T)) + aligned(d * sizeof(T)) + aligned(d * sizeof(float))))};
    float* logits = cut.take<float>(HeadRows * columns);
    T* gradients = cut.take<T>(HeadRows * columns);
    T* normed = cut.take<T>(HeadRows * d);
    float* dnormed = cut.take<float>(HeadRows * d);
    float scale_of[HeadRows];

    for (int64_t t = from; t < to; ++t) scale_of[t - from] = norm_row(a.x + t * d, a.norm, d, a.eps, normed + (t - from) * d);
    multiply_rows<T>(normed, d, 0, to - from, 0, panels, (const word*)a.over_columns, groups_of<T>(d),
                     [=](int64_t r, int64_t p, vf x) { store(logits + r * columns + p * Lanes, x); });

    for (int64_t t = from; t < to; t += step) {
        const int64_t rows = least(step, to - t);
        float* e[2];
        T* out[2];
        float share[2];
        int64_t target[2];
        for (int64_t r = 0; r < rows; ++r) {
            const int64_t row = t - from + r, wanted = a.targets[t + r];
            e[r] = logits + row * columns;
            out[r] = gradients + row * columns;
            const bool counts = wanted != a.ignore;
            const float at_target = counts ? e[r][wanted] : 0.0f;
            float total;
            const float log_sum = exponentiate(e[r], a.vocabulary, total);
            a.nll[t + r] = counts ? log_sum - at_target : 0.0f;
            share[r] = counts ? 1.0f / total : 0.0f;
            target[r] = counts ? wanted : -1;
        }
        if (a.dx) logit_gradients<T>(e, share, target, rows, columns, out, dlogits + (t - from) / step * Lanes, groups);
    }
    if (!a.dx) return;

    pack_into_chunk(normed, from, to, a.tokens, d, a.normed);
    multiply_rows<T>(gradients, columns, 0, to - from, 0, d / Lanes, (const word*)a.over_rows, groups_of<T>(a.vocabulary),
                     [=](int64_t r, int64_t p, vf x) { store(dnormed + r * d + p * Lanes, x * a.scale); });
    for (int64_t i = 0; i < d; ++i) dnorm[i] = 0;
    for (int64_t t = from; t < to; ++t)
        norm_row_backward(dnormed + (t - from) * d, a.x + t * d, a.norm, d, scale_of[t - from], nullptr, a.dx + t * d, dnorm);
}

template <class T>
void head_loss(const HeadLossArgs& a) {
    const int64_t tasks = (a.tokens + HeadRows - 1) / HeadRows;
#pragma omp parallel for schedule(dynamic, 1) num_threads(a.threads)
    for (int64_t task = 0; task < tasks; ++task) {
        const int64_t from = task * HeadRows, to = least(from + HeadRows, a.tokens);
        head_rows<T>(a, from, to, a.dnorm + task * a.dim);
        stream_fence();
    }
}

// dhead[V, D] = dlogits^T normed.
template <class T>
void head_gradient(const HeadGradientArgs& a) {
    constexpr int64_t rows = MostGradientRows;
    const int64_t tasks = (a.vocabulary + rows - 1) / rows, columns = panels_of(a.vocabulary) * Lanes;
#pragma omp parallel for schedule(dynamic, 1) num_threads(a.threads)
    for (int64_t task = 0; task < tasks; ++task)
        weight_gradient<T>(a.dlogits, columns, a.normed, a.dim, a.tokens, task * rows, least((task + 1) * rows, a.vocabulary), a.dhead, a.squares, a.scale,
                           a.add);
}

template void head_loss<float>(const HeadLossArgs&);
template void head_loss<bf16>(const HeadLossArgs&);
template void head_gradient<float>(const HeadGradientArgs&);
template void head_gradient<bf16>(const HeadGradientArgs&);

}  // namespace EDL_ISA
}  // namespace edl
