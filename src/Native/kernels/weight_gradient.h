// Gradients of weights, dW = X^T Y, summed over tokens. Both factors are packed over their rows in chunks of ChunkRows tokens, one
// chunk after the other, so that the panels of a chunk fit a core's nearest cache; sums go over the chunks in order.
#pragma once
#include "attention_args.h"
#include "pack.h"

namespace edl {
namespace EDL_ISA {

template <class T> constexpr int64_t chunk_words(int64_t columns) { return packed_words<T>(ChunkRows, columns); }
constexpr int64_t rows_of_chunk(int64_t chunk, int64_t rows) { return least(ChunkRows, rows - chunk * ChunkRows); }

// Packs rows [from, to) of a matrix of `rows` rows; they lie in one chunk, begin at a whole group and stand row-major at `m`.
template <class T>
inline void pack_into_chunk(const T* m, int64_t from, int64_t to, int64_t rows, int64_t columns, void* packed) {
    const int64_t chunk = from / ChunkRows, first = chunk * ChunkRows;
    pack_over_rows<T>(m - (from - first) * columns, columns, from - first, to - first, columns, (word*)packed + chunk * chunk_words<T>(columns),
                      groups_of<T>(rows_of_chunk(chunk, rows)));
}

// As many rows of dW as a task may take.
constexpr int64_t MostGradientRows = 96;

// Rows [from, to) of dW[x_columns, y_columns], multiplied by `scale` and, where `add`, added to what stands there. The sum of a row's squares
// goes to `squares`, at the row's number, unless it is null.
template <class T>
inline void weight_gradient(const void* packed_x, int64_t x_columns, const void* packed_y, int64_t y_columns, int64_t rows, int64_t from, int64_t to, float* dw,
                            float* squares, float scale = 1.0f, bool add = false) {
    vf sums[MostGradientRows] = {};
    for (int64_t chunk = 0; chunk * ChunkRows < rows; ++chunk) {
        const auto words = [=](int64_t c) { return groups_of<T>(rows_of_chunk(c, rows)) * Lanes; };  // of a panel
        Ahead next_y{(const word*)packed_y + (chunk + 1) * chunk_words<T>(y_columns), words(chunk), panels_of(y_columns) * words(chunk + 1)};
        Ahead next{(const word*)packed_x + (chunk + 1) * chunk_words<T>(x_columns) + from / Lanes * words(chunk + 1), words(chunk), panels_of(to - from) * words(chunk + 1), &next_y};
        const bool last = (chunk + 1) * ChunkRows >= rows;
        const auto multiply_chunk = [&](const auto& store_tile) __attribute__((always_inline)) {
            multiply_transposed<T>((const word*)packed_x + chunk * chunk_words<T>(x_columns), from, to, 0, y_columns / Lanes,
                                   (const word*)packed_y + chunk * chunk_words<T>(y_columns), groups_of<T>(rows_of_chunk(chunk, rows)), store_tile,
                                   last ? nullptr : &next);
        };
        const auto put = [=](int64_t i, int64_t p, vf x) __attribute__((always_inline)) {
            float* out = dw + i * y_columns + p * Lanes;
            const vf sum = chunk || add ? load(out) + x * scale : x * scale;
            store(out, sum);
            return sum;
        };
        if (last && squares)
            multiply_chunk([&](int64_t i, int64_t p, vf x) __attribute__((always_inline)) {
                const vf sum = put(i, p, x);
                sums[i - from] += sum * sum;
            });
        else
            multiply_chunk([&](int64_t i, int64_t p, vf x) __attribute__((always_inline)) { put(i, p, x); });
    }
    if (squares)
        for (int64_t i = from; i < to; ++i) squares[i] = sum(sums[i - from]);
}

}  // namespace EDL_ISA
}  // namespace edl
