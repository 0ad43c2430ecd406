// Rows of a query or key head: norm, then rotary position, element i turning with element i + R/2 (Su et al. 2021).
#pragma once
#include "norm.h"
#include "pack.h"

namespace edl {
namespace EDL_ISA {

template <class From, class To>
inline __attribute__((always_inline)) void copy_row(const From* from, int64_t count, To* to) {
    for (int64_t i = 0; i < count; i += Lanes) store(to + i, load(from + i));
}

// What is done to the rows of queries, or of keys. A row is taken a register of each half at a time; the common widths are known to the
// compiler.
struct Turn {
    const float *weight, *cosine, *sine;
    int64_t width;
    float eps;
    static constexpr int64_t RowsAhead = 8;

    // Rows at positions [from, to): raw[i - from] → out[i - from], and the scales of their norms.
    template <class T>
    inline void forward(const T* raw, int64_t raw_row, int64_t from, int64_t to, T* out, float* scales) const {
        if (width == 2 * Lanes) return forward_rows<Lanes>(raw, raw_row, from, to, out, scales);
        if (width == 4 * Lanes) return forward_rows<2 * Lanes>(raw, raw_row, from, to, out, scales);
        forward_rows<0>(raw, raw_row, from, to, out, scales);
    }

    // From gradients of what forward made, overwritten, to those of raw; dweight is added to.
    template <class T>
    inline void backward(float* gradient, const T* raw, T* draw, int64_t raw_row, int64_t from, int64_t to, const float* scales, float* dweight) const {
        if (width == 2 * Lanes) return backward_rows<Lanes>(gradient, raw, draw, raw_row, from, to, scales, dweight);
        if (width == 4 * Lanes) return backward_rows<2 * Lanes>(gradient, raw, draw, raw_row, from, to, scales, dweight);
        backward_rows<0>(gradient, raw, draw, raw_row, from, to, scales, dweight);
    }

   private:
    // A register of a row, or the `count` elements that a half has left.
    template <int64_t Half, class S>
    static inline __attribute__((always_inline)) vf part(const S* p, int64_t count) {
        return Half ? load(p) : load_some(p, count);
    }

    template <int64_t Half, class S>
    static inline __attribute__((always_inline)) void put_part(S* p, int64_t count, vf x) {
        if (Half || count >= Lanes) return store(p, x);
        S lane[Lanes];
        store(lane, x);
        for (int64_t i = 0; i < count; ++i) p[i] = lane[i];
    }

    template <int64_t Half, class T>
    inline void forward_rows(const T* raw, int64_t raw_row, int64_t from, int64_t to, T* out, float* scales) const {
        const int64_t half = Half ? Half : width / 2, width = 2 * half;
        for (int64_t i = from; i < to; ++i, raw += raw_row, out += width) {
            fetch_row(raw + RowsAhead * raw_row, width);
            const float scale = scales[i - from] = norm_scale(raw, width, eps);
            for (int64_t c = 0; c < half; c += Lanes) {
                const int64_t d = half + c, left = half - c;
                const vf a = part<Half>(raw + c, left) * scale * part<Half>(weight + c, left);
                const vf b = part<Half>(raw + d, left) * scale * part<Half>(weight + d, left);
                const vf cos = part<Half>(cosine + i * half + c, left), sin = part<Half>(sine + i * half + c, left);
                put_part<Half>(out + c, left, a * cos - b * sin);
                put_part<Half>(out + d, left, b * cos + a * sin);
            }
        }
    }

    // The gradient is turned back and goes through the norm (norm_row_backward) at once.
    template <int64_t Half, class T>
    inline void backward_rows(float* gradient, const T* raw, T* draw, int64_t raw_row, int64_t from, int64_t to, const float* scales, float* dweight) const {
        const int64_t half = Half ? Half : width / 2, width = 2 * half;
        for (int64_t i = from; i < to; ++i, raw += raw_row, draw += raw_row, gradient += width) {
            fetch_row(raw + RowsAhead * raw_row, width);
            fetch_row<1>(draw + RowsAhead * raw_row, width);
            const float scale = scales[i - from];
            vf dots{};
            for (int64_t c = 0; c < half; c += Lanes) {
                const int64_t d = half + c, left = half - c;
                const vf a = part<Half>(gradient + c, left), b = part<Half>(gradient + d, left);
                const vf cos = part<Half>(cosine + i * half + c, left), sin = part<Half>(sine + i * half + c, left);
                const vf back[2] = {a * cos + b * sin, b * cos - a * sin};
                for (int side = 0; side < 2; ++side) {
                    const int64_t at = side ? d : c;
                    const vf along = back[side] * part<Half>(raw + at, left), weighted = back[side] * part<Half>(weight + at, left);
                    dots += along * part<Half>(weight + at, left);
                    put_part<Half>(dweight + at, left, part<Half>(dweight + at, left) + along * scale);
                    put_part<Half>(gradient + at, left, weighted);
                }
            }
            const float along = sum(dots) * scale * scale * scale / float(width);
            for (int64_t c = 0; c < width; c += Lanes) store(draw + c, load(gradient + c) * scale - load(raw + c) * along);
        }
    }
};

}  // namespace EDL_ISA
}  // namespace edl
