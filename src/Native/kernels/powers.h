// Powers and logarithms of two, for soft-max: their chains of operations are short, as the processor keeps no more than some hundred
// waiting operations in view.
#pragma once
#include "vector.h"

namespace edl {
namespace EDL_ISA {

constexpr float Log2OfE = 1.44269504f;

// The integer nearest to x, of |x| below 2^21.
inline __attribute__((always_inline)) vf nearest(vf x) {
#if defined(__AVX512F__)
    return (vf)_mm512_mask_roundscale_ps((__m512)x, 0xffff, (__m512)x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    return (x + 12582912.0f) - 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
#endif
}

// 2^(n + f) of a whole n from -125 to 127 and f from -1/2 to 1/2: a polynomial that is best in relative error, 8e-8.
inline __attribute__((always_inline)) vf power_of_two(vf n, vf f) {
    const vf ff = f * f;
    const vf low_terms = f * 6.9314694405e-1f + 1.0000001192f, middle = f * 5.5507130921e-2f + 2.4022120237e-1f, high = f * 1.3276472455e-3f + 9.6755409613e-3f;
    const vf p = ff * (ff * high + middle) + low_terms;
#if defined(__AVX512F__)
    return (vf)_mm512_mask_scalef_ps((__m512)p, 0xffff, (__m512)p, (__m512)n);
#else
    return p * (vf)((__builtin_convertvector(n, vi) + 127) << 23);
#endif
}

// 2^x of x up to 127; below -125 it is as good as 0. A NaN stays one.
inline __attribute__((always_inline)) vf exp2_below(vf x) {
#if !defined(__AVX512F__)
    x = largest(splat(-125.0f), x);
#endif
    const vf n = nearest(x);
    return power_of_two(n, x - n);
}

// e^x of x up to 86.6; below that it is as good as 0. Its relative error is 8e-8 and another 6e-8 |x|. A NaN stays one.
inline __attribute__((always_inline)) vf exp_below(vf x) { return exp2_below(largest(splat(-86.6f), x) * Log2OfE); }

// 1 / (1 + e^−x); below -86.6 it is as good as 0. A NaN stays one.
inline __attribute__((always_inline)) vf sigmoid(vf x) {
    const vf bound = splat(86.6f);
    return 1.0f / (1.0f + exp2_below(largest(-bound, -largest(-bound, x)) * Log2OfE));
}

// log2 x of a positive x that is not subnormal (the polynomial of Cephes' logf). A NaN stays one.
inline __attribute__((always_inline)) vf log2(vf x) {
    const vi exponent = ((vi)x - 0x3f3504f3) >> 23;  // so that what is left lies between 1/sqrt(2) and sqrt(2)
    const vf f = (vf)((vi)x - (exponent << 23)) - 1.0f;
    vf p = splat(7.0376836292e-2f);
    p = p * f - 1.1514610310e-1f;
    p = p * f + 1.1676998740e-1f;
    p = p * f - 1.2420140846e-1f;
    p = p * f + 1.4249322787e-1f;
    p = p * f - 1.6668057665e-1f;
    p = p * f + 2.0000714765e-1f;
    p = p * f - 2.4999993993e-1f;
    p = p * f + 3.3333331174e-1f;
    const vf natural = f - f * f * 0.5f + p * f * f * f;
    return x == x ? __builtin_convertvector(exponent, vf) + natural * Log2OfE : x;
}

}  // namespace EDL_ISA
}  // namespace edl
