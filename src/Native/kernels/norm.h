// Root-mean-square norm of a row: y = x r w with r = 1 / sqrt(mean x² + eps); D a multiple of 16.
#pragma once
#include "vector.h"

namespace edl {
namespace EDL_ISA {

// Returns r.
template <class S>
inline __attribute__((always_inline)) float norm_scale(const S* x, int64_t d, float eps) {
    vf squares{};
    for (int64_t i = 0; i < d; i += Lanes) {
        const vf v = load(x + i);
        squares += v * v;
    }
    return 1.0f / __builtin_sqrtf(sum(squares) / float(d) + eps);
}

template <class T>
inline __attribute__((always_inline)) float norm_row(const float* x, const float* w, int64_t d, float eps, T* y) {
    const float r = norm_scale(x, d, eps);
    for (int64_t i = 0; i < d; i += Lanes) store(y + i, load(x + i) * r * load(w + i));
    return r;
}

// dx = r w dy − x r³/D Σ w dy x, added to `base` (null for 0); dw += dy x r. dy may be dx.
inline __attribute__((always_inline)) void norm_row_backward(const float* dy, const float* x, const float* w, int64_t d, float r, const float* base,
                                                              float* dx, float* dw) {
    vf dots{};
    for (int64_t i = 0; i < d; i += Lanes) {
        const vf g = load(dy + i), v = load(x + i);
        dots += g * load(w + i) * v;
        store(dw + i, load(dw + i) + g * v * r);
    }
    const float along = sum(dots) * r * r * r / float(d);
    for (int64_t i = 0; i < d; i += Lanes) {
        vf out = load(dy + i) * load(w + i) * r - load(x + i) * along;
        if (base) out += load(base + i);
        store(dx + i, out);
    }
}

}  // namespace EDL_ISA
}  // namespace edl
