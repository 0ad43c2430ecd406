// Rows of a query or key head: norm, then rotary position, element i turning with element i + R/2 (Su et al. 2021).
#pragma once
#include "norm.h"

namespace edl {
namespace EDL_ISA {

// (a, b) → (a cos − b sin, b cos + a sin), or back with the sine's sign turned.
inline __attribute__((always_inline)) void rotate(float* __restrict row, const float* __restrict cosine, const float* __restrict sine, int64_t half, float sign) {
    if (half % Lanes == 0) {
        for (int64_t i = 0; i < half; i += Lanes) {
            const vf a = load(row + i), b = load(row + half + i), c = load(cosine + i), s = load(sine + i) * sign;
            store(row + i, a * c - b * s);
            store(row + half + i, b * c + a * s);
        }
    } else {
        for (int64_t i = 0; i < half; ++i) {
            const float a = row[i], b = row[half + i], c = cosine[i], s = sine[i] * sign;
            row[i] = a * c - b * s;
            row[half + i] = b * c + a * s;
        }
    }
}

template <class From, class To>
inline __attribute__((always_inline)) void copy_row(const From* from, int64_t count, To* to) {
    for (int64_t i = 0; i < count; i += Lanes) store(to + i, load(from + i));
}

// The rows of a head lie a whole token apart, which the processor does not foresee.
template <class T>
inline __attribute__((always_inline)) void fetch_row(const T* row, int64_t width) {
    for (int64_t i = 0; i < width; i += 64 / int64_t(sizeof(T))) __builtin_prefetch(row + i);
}

// What is done to the rows of queries, or of keys.
struct Turn {
    const float *weight, *cosine, *sine;
    int64_t width;
    float eps;
    float* line;  // working memory of one row
    static constexpr int64_t Ahead = 8;

    // Rows at positions [from, to): raw[i - from] → out[i - from], and the scales of their norms.
    template <class T>
    inline void forward(const T* raw, int64_t raw_row, int64_t from, int64_t to, T* out, float* scales) const {
        const int64_t half = width / 2;
        for (int64_t i = from; i < to; ++i, raw += raw_row, out += width) {
            fetch_row(raw + Ahead * raw_row, width);
            copy_row(raw, width, line);
            scales[i - from] = norm_row(line, weight, width, eps, line);
            rotate(line, cosine + i * half, sine + i * half, half, 1.0f);
            copy_row(line, width, out);
        }
    }

    // From gradients of what forward made, overwritten, to those of raw; dweight is added to.
    template <class T>
    inline void backward(float* gradient, const T* raw, T* draw, int64_t raw_row, int64_t from, int64_t to, const float* scales, float* dweight) const {
        const int64_t half = width / 2;
        for (int64_t i = from; i < to; ++i, raw += raw_row, draw += raw_row, gradient += width) {
            fetch_row(raw + Ahead * raw_row, width);
            copy_row(raw, width, line);
            rotate(gradient, cosine + i * half, sine + i * half, half, -1.0f);
            norm_row_backward(gradient, line, weight, width, scales[i - from], nullptr, gradient, dweight);
            copy_row(gradient, width, draw);
        }
    }
};

}  // namespace EDL_ISA
}  // namespace edl
