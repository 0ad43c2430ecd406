// The inner products of a token's K rows with each other, and the gradient that comes back through them: all that losses on the angles between
// experts need of their rows, which are near where both are taken.
#pragma once
#include "expert_rows.h"

namespace edl {
namespace EDL_ISA {

template <class T>
inline float dot_rows(const T* a, const T* b, int64_t width) {
    vf even{}, odd{};
    int64_t i = 0;
    for (; i + 2 * Lanes <= width; i += 2 * Lanes) {
        even += load(a + i) * load(b + i);
        odd += load(a + i + Lanes) * load(b + i + Lanes);
    }
    for (; i < width; i += Lanes) even += load(a + i) * load(b + i);
    return sum(even + odd);
}

// Of rows [K, width] that follow one another.
template <class T>
inline void token_products(const T* rows, int64_t choices, int64_t width, float* to) {
    for (int64_t j = 0; j < choices; ++j)
        for (int64_t k = 0; k <= j; ++k) to[j * choices + k] = to[k * choices + j] = dot_rows(rows + j * width, rows + k * width, width);
}

// What the rows of a token's experts give one of them: with g_jk = <x_j, x_k>, dx_j = Σ_k (dg_jk + dg_kj) x_k. Choices: K where it is known, so
// that the factors stay in registers, or 0.
template <class T, int Choices>
struct ProductGradient {
    const T* rows;  // of the token, [K, width]
    int64_t choices, width;
    vf factor[Choices ? Choices : ExpertChoices];

    // Of a pair of token and expert; dproducts [T, K, K].
    inline __attribute__((always_inline)) ProductGradient(const ExpertRouting& r, int64_t pair, const void* all_rows, int64_t row_width, const float* dproducts)
        : choices(Choices ? Choices : r.choices), width(row_width) {
        const int64_t j = pair % choices;
        const float* of_token = dproducts + (pair - j) * choices;
        rows = (const T*)all_rows + (pair - j) * width;
#pragma GCC unroll 2
        for (int64_t k = 0; k < choices; ++k) factor[k] = splat(of_token[j * choices + k] + of_token[k * choices + j]);
    }

    // From column i on.
    inline __attribute__((always_inline)) vf at(int64_t i) const {
        vf x = factor[0] * load(rows + i);
#pragma GCC unroll 2
        for (int64_t k = 1; k < choices; ++k) x += factor[k] * load(rows + k * width + i);
        return x;
    }
};

}  // namespace EDL_ISA
}  // namespace edl
