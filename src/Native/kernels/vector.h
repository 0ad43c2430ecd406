// A register of floats at a time, in the compiler's own vector types: sixteen where the file is compiled for AVX-512, eight elsewhere.
// And bfloat16: the upper half of a float, rounded to nearest even.
//
// This folder is compiled once for each instruction set (CMakeLists.txt). Nothing here may include libtorch's headers or use
// containers of the standard library: their inline functions would be shared with code that runs on older processors.
#pragma once
#include <stdint.h>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

namespace edl {
namespace EDL_ISA {

#if defined(__AVX512F__)
constexpr int64_t Lanes = 16;
#else
constexpr int64_t Lanes = 8;
#endif

typedef float vf __attribute__((vector_size(4 * Lanes), may_alias));
typedef int32_t vi __attribute__((vector_size(4 * Lanes), may_alias));
typedef uint32_t vu __attribute__((vector_size(4 * Lanes), may_alias));
typedef uint16_t vh __attribute__((vector_size(2 * Lanes), may_alias));
typedef float vf_any __attribute__((vector_size(4 * Lanes), aligned(4), may_alias));
typedef uint32_t vu_any __attribute__((vector_size(4 * Lanes), aligned(4), may_alias));
typedef uint16_t vh_any __attribute__((vector_size(2 * Lanes), aligned(2), may_alias));

constexpr int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

struct bf16 {
    uint16_t bits;
};

inline __attribute__((always_inline)) vf splat(float x) { return x - vf{}; }
inline __attribute__((always_inline)) vu splat(uint32_t x) { return x + vu{}; }
inline __attribute__((always_inline)) vf load(const float* p) { return (vf) * (const vf_any*)p; }
inline __attribute__((always_inline)) void store(float* p, vf x) { *(vf_any*)p = (vf_any)x; }

// 0, 1, 2, …
inline __attribute__((always_inline)) vi lane_numbers() {
    vi numbers{};
    for (int i = 0; i < Lanes; ++i) numbers[i] = i;
    return numbers;
}

// bfloat16 to floats and back.
inline __attribute__((always_inline)) vu words_of(vh x) {
#if defined(__AVX512F__)
    return (vu)_mm512_maskz_cvtepu16_epi32(0xffff, (__m256i)x);  // the compiler makes four operations of the other
#else
    return __builtin_convertvector(x, vu);
#endif
}
inline __attribute__((always_inline)) vf widen(vh x) { return (vf)(words_of(x) << 16); }
inline __attribute__((always_inline)) vh narrow(vf x) {
#if defined(__AVX512BF16__)
    return (vh)_mm512_cvtneps_pbh((__m512)x);
#else
    const vu u = (vu)x;
    const vu rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
    const vu quiet = (u >> 16) | 64;  // a NaN stays one
    return __builtin_convertvector((vu)((x == x) ? (vi)rounded : (vi)quiet), vh);
#endif
}

inline __attribute__((always_inline)) vf load(const bf16* p) { return widen((vh) * (const vh_any*)p); }
inline __attribute__((always_inline)) void store(bf16* p, vf x) { *(vh_any*)p = (vh_any)narrow(x); }

inline float value(float x) { return x; }
inline float value(bf16 x) {
    union {
        uint32_t u;
        float f;
    } both{uint32_t(x.bits) << 16};
    return both.f;
}

// Brings near a row that lies where the processor does not foresee it.
template <int writing = 0, class T>
inline __attribute__((always_inline)) void fetch_row(const T* row, int64_t width) {
    for (int64_t i = 0; i < width; i += 64 / int64_t(sizeof(T))) __builtin_prefetch(row + i, writing);
}

// b where one of them is a NaN.
inline __attribute__((always_inline)) vf largest(vf a, vf b) {
#if defined(__AVX512F__)
    return (vf)_mm512_mask_max_ps((__m512)a, 0xffff, (__m512)a, (__m512)b);  // the compiler compares and blends
#else
    return a > b ? a : b;
#endif
}

// The lanes folded upon themselves, lane i with i + 8, then i + 4, i + 2, i + 1; the first one is the result.
template <class Fold>
inline __attribute__((always_inline)) float fold_lanes(vf x, const Fold& fold) {
#if defined(__AVX512F__)
    x = fold(x, __builtin_shuffle(x, vi{8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7}));
    x = fold(x, __builtin_shuffle(x, vi{4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11}));
    x = fold(x, __builtin_shuffle(x, vi{2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13}));
    x = fold(x, __builtin_shuffle(x, vi{1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14}));
#else
    x = fold(x, __builtin_shuffle(x, vi{4, 5, 6, 7, 0, 1, 2, 3}));
    x = fold(x, __builtin_shuffle(x, vi{2, 3, 0, 1, 6, 7, 4, 5}));
    x = fold(x, __builtin_shuffle(x, vi{1, 0, 3, 2, 5, 4, 7, 6}));
#endif
    return x[0];
}

inline __attribute__((always_inline)) float sum(vf x) {
    return fold_lanes(x, [](vf a, vf b) __attribute__((always_inline)) { return a + b; });
}
inline __attribute__((always_inline)) float largest(vf x) {
    return fold_lanes(x, [](vf a, vf b) __attribute__((always_inline)) { return largest(a, b); });
}

}  // namespace EDL_ISA
}  // namespace edl
