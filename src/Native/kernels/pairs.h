// Two rows of a matrix as the words of their panels.
#pragma once
#include "pack.h"

namespace edl {
namespace EDL_ISA {

// Rows i and i + 1 of a matrix that is wanted row-major and packed over its rows; the word's lower half is the first's.
inline __attribute__((always_inline)) vu interleave(vf first, vf second) {
#if defined(__AVX512BF16__)
    typedef uint16_t halves __attribute__((vector_size(64)));
    return (vu)__builtin_shuffle((halves)narrow_pairs(first, second), halves{0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
                                                                             8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31});
#else
    return interleave(narrow(first), narrow(second));
#endif
}

}  // namespace EDL_ISA
}  // namespace edl
