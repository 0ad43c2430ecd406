// Packing: from row-major matrices to the panels that gemm.h multiplies with.
//
// A matrix M[R, C] can be packed two ways:
//   over its rows     to be summed over R:  word [c / 16][group of rows][c % 16],     panels of a register's lanes (16) of columns; x @ M
//   over its columns  to be summed over C:  word [r / 16][group of columns][r % 16],  panels of 16 rows;    x @ M^T
// R and C that do not fill a panel or a group are filled up with zeros.
#pragma once
#include "gemm.h"

namespace edl {
namespace EDL_ISA {

template <class T> constexpr int64_t groups_of(int64_t elements) { return (elements + elements_of_word<T> - 1) / elements_of_word<T>; }
constexpr int64_t panels_of(int64_t columns) { return (columns + Lanes - 1) / Lanes; }
template <class T> constexpr int64_t packed_words(int64_t summed, int64_t other) { return panels_of(other) * groups_of<T>(summed) * Lanes; }

// Two rows side by side as words: the first in the lower halves.
inline __attribute__((always_inline)) vu interleave(vh first, vh second) {
    return words_of(first) | (words_of(second) << 16);
}

inline __attribute__((always_inline)) vu interleave(vf first, vf second) {
#if defined(__AVX512BF16__)
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return (vu)_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first));
#else
    return interleave(narrow(first), narrow(second));
#endif
}

template <class S>
inline __attribute__((always_inline)) vf load_some(const S* p, int64_t count) {
    if (count >= Lanes) return load(p);
    float lane[Lanes] = {};
    for (int64_t i = 0; i < count; ++i) lane[i] = value(p[i]);
    return load(lane);
}

// The same as bfloat16.
template <class S>
inline __attribute__((always_inline)) vh load_halves(const S* p, int64_t count) {
    if constexpr (sizeof(S) == 2)
        if (count >= Lanes) return (vh) * (const vh_any*)p;
    return narrow(load_some(p, count));
}

// A vector of packed words: past the caches where the whole packing is larger than they are.
inline __attribute__((always_inline)) void put(word* out, vu x, bool stream) {
#if defined(__AVX512F__)
    if (stream) {
        _mm512_stream_si512((__m512i*)out, (__m512i)x);
        return;
    }
#endif
    (void)stream;
    *(vu_any*)out = (vu_any)x;
}

inline void stream_fence() {
#if defined(__AVX512F__)
    _mm_sfence();
#endif
}

// Two vectors of floats as one of bfloat16 pairs.
inline __attribute__((always_inline)) vu narrow_pairs(vf first, vf second) {
#if defined(__AVX512BF16__)
    return (vu)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
#else
    bf16 lane[2 * Lanes];
    store(lane, first);
    store(lane + Lanes, second);
    return (vu) * (const vu_any*)lane;
#endif
}

// Packs rows [from_row, to_row) of M[*, columns], whose row r begins at row_of(r), over rows: into the groups of those rows of panels
// that hold `groups` groups each. from_row must be a multiple of a group; `to_row` is filled up with zeros to one.
template <class T, class S, class RowOf>
inline void pack_gathered_rows(const RowOf& row_of, int64_t from_row, int64_t to_row, int64_t columns, word* packed, int64_t groups, bool stream = false) {
    constexpr int64_t step = elements_of_word<T>;
    for (int64_t r = from_row; r < to_row; r += step) {
        const S* first = row_of(r);
        const S* second = step == 2 && r + 1 < to_row ? row_of(r + 1) : nullptr;
        word* out = packed + (r / step) * Lanes;
        for (int64_t c = 0; c < columns; c += Lanes, out += groups * Lanes) {
            if constexpr (step == 1)
                put(out, (vu)load_some(first + c, columns - c), stream);
            else if constexpr (sizeof(S) == 4)
                put(out, interleave(load_some(first + c, columns - c), second ? load_some(second + c, columns - c) : vf{}), stream);
            else
                put(out, interleave(load_halves(first + c, columns - c), second ? load_halves(second + c, columns - c) : vh{}), stream);
        }
    }
}

template <class T, class S>
inline void pack_over_rows(const S* m, int64_t row_elements, int64_t from_row, int64_t to_row, int64_t columns, word* packed, int64_t groups,
                           bool stream = false) {
    pack_gathered_rows<T, S>([=](int64_t r) { return m + r * row_elements; }, from_row, to_row, columns, packed, groups, stream);
}

// Transposes a square of words in place: at each step blocks of `step` lanes off the diagonal change places.
inline __attribute__((always_inline)) void transpose(vu (&x)[Lanes]) {
#pragma GCC unroll 4
    for (int step = 1; step < Lanes; step *= 2) {
        vi low, high;
        for (int i = 0; i < Lanes; ++i) {
            low[i] = (i & step) ? int(Lanes) + (i ^ step) : i;
            high[i] = (i & step) ? int(Lanes) + i : (i ^ step);
        }
#pragma GCC unroll 16
        for (int i = 0; i < Lanes; ++i) {
            if (i & step) continue;
            const vu a = x[i], b = x[i + step];
            x[i] = __builtin_shuffle(a, b, low);
            x[i + step] = __builtin_shuffle(a, b, high);
        }
    }
}

// Packs rows [from_row, to_row) of M[*, columns] over columns; from_row a multiple of the lanes. Panels hold groups_of(columns) groups.
template <class T, class S>
inline void pack_over_columns(const S* m, int64_t row_elements, int64_t from_row, int64_t to_row, int64_t columns, word* packed, bool stream = false) {
    constexpr int64_t step = elements_of_word<T>;
    const int64_t groups = groups_of<T>(columns);
    for (int64_t r = from_row; r < to_row; r += Lanes) {
        word* out = packed + (r / Lanes) * groups * Lanes;
        for (int64_t g = 0; g < groups; g += Lanes) {
            vu block[Lanes];
#pragma GCC unroll 16
            for (int i = 0; i < Lanes; ++i) {
                if (r + i >= to_row) {
                    block[i] = vu{};
                    continue;
                }
                const S* from = m + (r + i) * row_elements + g * step;
                const int64_t left = columns - g * step;
                if constexpr (step == 1) {
                    block[i] = (vu)load_some(from, left);
                } else if constexpr (sizeof(S) == 2) {
                    if (left >= 2 * Lanes) {
                        block[i] = (vu) * (const vu_any*)from;
                    } else {
                        uint16_t lane[2 * Lanes] = {};
                        for (int64_t j = 0; j < left; ++j) lane[j] = ((const uint16_t*)from)[j];
                        block[i] = (vu) * (const vu_any*)lane;
                    }
                } else {
                    block[i] = narrow_pairs(load_some(from, left), left > Lanes ? load_some(from + Lanes, left - Lanes) : vf{});
                }
            }
            transpose(block);
            const int64_t count = groups - g < Lanes ? groups - g : Lanes;
            for (int64_t i = 0; i < count; ++i) put(out + (g + i) * Lanes, block[i], stream);
        }
    }
}

}  // namespace EDL_ISA
}  // namespace edl
