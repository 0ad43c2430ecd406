// Products of matrices in registers.
//
// Both precisions are handled in words of 32 bits: a float, or two bfloat16 that follow one another along the summed
// dimension. A "group" is one word's worth of that dimension: 1 element in fp32, 2 in bf16. Sums are fp32.
//
//   B, the right factor, is packed in panels of a register's lanes, 16 with AVX-512: word [n / 16][group][n % 16]   (pack.h)
//   A, the left factor, is given by a pointer for each row and the distance between a row's groups:
//     row-major rows (gathered from anywhere)   Stride = 1
//     the columns of a packed matrix, that is its transpose: panel + group * 16 + column % 16       Stride = 16
//
// Every element of the result is summed in the order of the groups whatever the tiling, so results do not depend on how the
// work is divided among threads.
#pragma once
#include "vector.h"

namespace edl {
namespace EDL_ISA {

typedef uint32_t word;

template <class T> constexpr int64_t elements_of_word = 4 / sizeof(T);

// Rows and panels of a register tile: 24 accumulators of 32 registers with AVX-512, 12 of 16 with AVX2.
#if defined(__AVX512F__)
constexpr int TileRows = 6, TilePanels = 4;
#else
constexpr int TileRows = 6, TilePanels = 2;
#endif
constexpr int64_t TileColumns = TilePanels * Lanes;

template <class T>
inline __attribute__((always_inline)) vf multiply_add(vf sum, vu a, vu b) {
    if constexpr (sizeof(T) == 4) {
        return sum + (vf)a * (vf)b;
    } else {
#if defined(__AVX512BF16__)
        return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)a, (__m512bh)b);
#else
        sum = sum + (vf)(a & 0xffff0000u) * (vf)(b & 0xffff0000u);
        return sum + (vf)(a << 16) * (vf)(b << 16);
#endif
    }
}

// acc[r][v] += sum over groups of a[r][group] * b[v][group]. On the way the panel at `ahead`, unless it is null, is fetched into the second
// level of the cache.
template <class T, int Rows, int Panels, int Stride>
inline __attribute__((always_inline)) void multiply_tile(vf (&acc)[Rows][Panels], const word* const* a, const word* const* b,
                                                          int64_t groups, const word* ahead) {
    const word* row[Rows];
    const word* panel[Panels];
    for (int r = 0; r < Rows; ++r) row[r] = a[r];
    for (int v = 0; v < Panels; ++v) panel[v] = b[v];
    for (int64_t g = 0; g < groups; ++g) {
        vu column[Panels];
        if (ahead) __builtin_prefetch(ahead + g * Lanes, 0, 2);
#pragma GCC unroll 8
        for (int v = 0; v < Panels; ++v) column[v] = (vu) * (const vu_any*)(panel[v] + g * Lanes);
#pragma GCC unroll 8
        for (int r = 0; r < Rows; ++r) {
            const vu one = splat(row[r][g * Stride]);
#pragma GCC unroll 8
            for (int v = 0; v < Panels; ++v) acc[r][v] = multiply_add<T>(acc[r][v], one, column[v]);
        }
    }
}

template <class T, int Stride, int Rows, int Panels, class Store>
inline __attribute__((always_inline)) void multiply_one(const word* const* a, const word* const* b, int64_t groups, int64_t first_row,
                                                         int64_t first_panel, const Store& store_tile, const word* ahead = nullptr) {
    vf acc[Rows][Panels] = {};
    multiply_tile<T, Rows, Panels, Stride>(acc, a, b, groups, ahead);
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 8
        for (int v = 0; v < Panels; ++v) store_tile(first_row + r, first_panel + v, acc[r][v]);
}

template <class T, int Stride, int Panels, int Rows, class Store>
inline __attribute__((always_inline)) void multiply_rest(int64_t rows, const word* const* a, const word* const* b, int64_t groups,
                                                          int64_t first_row, int64_t first_panel, const Store& store_tile) {
    if (rows == Rows)
        multiply_one<T, Stride, Rows, Panels>(a, b, groups, first_row, first_panel, store_tile);
    else if constexpr (Rows > 1)
        multiply_rest<T, Stride, Panels, Rows - 1>(rows, a, b, groups, first_row, first_panel, store_tile);
}

// Words that will be needed next, fetched into the second level of the cache while others are multiplied: `words` of them in the time of a
// tile while any are left, and then those of `then`.
struct Ahead {
    const word* next;
    int64_t words, left;
    Ahead* then = nullptr;

    inline __attribute__((always_inline)) const word* take(const word* otherwise) {
        for (Ahead* a = this; a; a = a->then) {
            if (a->left <= 0) continue;
            a->left -= a->words;
            a->next += a->words;
            return a->next - a->words;
        }
        return otherwise;
    }
};

// Nothing to do between tiles of panels (background.h).
struct Alone {
    constexpr Ahead* turn(int64_t, Ahead* ahead) const { return ahead; }
};

template <class T, int Stride, int Panels, class RowOf, class Store>
inline __attribute__((always_inline)) void multiply_panels(int64_t from_row, int64_t to_row, const RowOf& row_of, const word* const* b,
                                                            int64_t groups, int64_t first_panel, const Store& store_tile, Ahead* ahead = nullptr) {
    int64_t i = from_row;
    const word* a[TileRows];
    for (; i + TileRows <= to_row; i += TileRows) {
        for (int r = 0; r < TileRows; ++r) a[r] = row_of(i + r);
        multiply_one<T, Stride, TileRows, Panels>(a, b, groups, i, first_panel, store_tile, ahead ? ahead->take(b[0]) : nullptr);
    }
    if (i < to_row) {
        for (int r = 0; r < to_row - i; ++r) a[r] = row_of(i + r);
        multiply_rest<T, Stride, Panels, TileRows - 1>(to_row - i, a, b, groups, i, first_panel, store_tile);
    }
}

// C[from_row..to_row) x [16 from_panel..16 to_panel) = A B on the calling thread, summed over the first `groups` groups of panels that
// are panel_words apart.
//   row_of(i)            the words of A's row i
//   store_tile(i, p, x)  takes columns 16p..16p+15 of row i; called once for each, for the panels of a tile one after another
//   Fetch                whether the panels come from far away: each tile of them is then fetched while the one before is multiplied
//   ahead                what else to fetch on the way, or null
//   beside               whose turn it is between two tiles of panels
template <class T, int Stride, bool Fetch = false, class RowOf, class Store, class Other = const Alone>
inline __attribute__((always_inline)) void multiply_part(int64_t from_row, int64_t to_row, int64_t from_panel, int64_t to_panel,
                                                          const RowOf& row_of, const word* packed, int64_t panel_words, int64_t groups,
                                                          const Store& store_tile, Ahead* ahead = nullptr, Other& beside = Alone()) {
    const word* b[TilePanels];
    int64_t p = from_panel;
    for (; p + TilePanels <= to_panel; p += TilePanels) {
        for (int v = 0; v < TilePanels; ++v) b[v] = packed + (p + v) * panel_words;
        Ahead next{b[0] + TilePanels * panel_words, groups * Lanes, TilePanels * panel_words};
        multiply_panels<T, Stride, TilePanels>(from_row, to_row, row_of, b, groups, p, store_tile, beside.turn(groups * Lanes, Fetch ? &next : ahead));
    }
    if constexpr (TilePanels > 2) {
        for (; p + 2 <= to_panel; p += 2) {
            for (int v = 0; v < 2; ++v) b[v] = packed + (p + v) * panel_words;
            multiply_panels<T, Stride, 2>(from_row, to_row, row_of, b, groups, p, store_tile);
        }
    }
    for (; p < to_panel; ++p) {
        b[0] = packed + p * panel_words;
        multiply_panels<T, Stride, 1>(from_row, to_row, row_of, b, groups, p, store_tile);
    }
}

// The same, over all groups of panels that follow one another.
template <class T, int Stride, bool Fetch = false, class RowOf, class Store, class Other = const Alone>
inline __attribute__((always_inline)) void multiply(int64_t from_row, int64_t to_row, int64_t from_panel, int64_t to_panel, const RowOf& row_of,
                                                     const word* packed, int64_t groups, const Store& store_tile, Other& beside = Alone()) {
    multiply_part<T, Stride, Fetch>(from_row, to_row, from_panel, to_panel, row_of, packed, groups * Lanes, groups, store_tile, nullptr, beside);
}

// As multiply, with A row-major: row i begins at a + i * row_elements.
template <class T, class Store, class Other = const Alone>
inline __attribute__((always_inline)) void multiply_rows(const T* a, int64_t row_elements, int64_t from_row, int64_t to_row, int64_t from_panel, int64_t to_panel,
                                                          const word* packed, int64_t groups, const Store& store_tile, Other& beside = Alone()) {
    multiply<T, 1, true>(from_row, to_row, from_panel, to_panel, [=](int64_t i) { return (const word*)(a + i * row_elements); }, packed, groups, store_tile, beside);
}

// C[i, n] = sum over rows t of X[t, i] Y[t, n], both packed over their rows (pack_over_rows) with the same groups: a weight gradient.
template <class T, class Store>
inline __attribute__((always_inline)) void multiply_transposed(const word* packed_x, int64_t from_row, int64_t to_row, int64_t from_panel,
                                                                int64_t to_panel, const word* packed_y, int64_t groups, const Store& store_tile,
                                                                Ahead* ahead = nullptr) {
    multiply_part<T, Lanes>(from_row, to_row, from_panel, to_panel,
                            [=](int64_t i) { return packed_x + (i / Lanes) * groups * Lanes + i % Lanes; }, packed_y, groups * Lanes, groups, store_tile, ahead);
}

}  // namespace EDL_ISA
}  // namespace edl
