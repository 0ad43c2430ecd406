// The row of one query or key head: norm, then rotary position, element i turning with element i + R/2 (Su et al. 2021).
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

// line: R floats of working memory. Returns the norm's scale.
template <class T>
inline __attribute__((always_inline)) float turn_head(const T* raw, const float* weight, const float* cosine, const float* sine, int64_t width, float eps,
                                                       float* line, T* out) {
    copy_row(raw, width, line);
    const float scale = norm_row(line, weight, width, eps, line);
    rotate(line, cosine, sine, width / 2, 1.0f);
    copy_row(line, width, out);
    return scale;
}

// gradient: of the turned head, overwritten; dweight is added to.
template <class T>
inline __attribute__((always_inline)) void turn_head_backward(float* gradient, const T* raw, const float* weight, const float* cosine, const float* sine,
                                                               int64_t width, float scale, float* line, float* dweight, T* out) {
    copy_row(raw, width, line);
    rotate(gradient, cosine, sine, width / 2, -1.0f);
    norm_row_backward(gradient, line, weight, width, scale, nullptr, gradient, dweight);
    copy_row(gradient, width, out);
}

}  // namespace EDL_ISA
}  // namespace edl
