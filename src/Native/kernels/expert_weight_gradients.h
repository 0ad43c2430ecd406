// The gradients of the experts' weights: h^T dgate_up and (w · activation)^T dy over an expert's rows, both factors packed over them.
#pragma once
#include "expert_rows.h"

namespace edl {
namespace EDL_ISA {

// One or two rows of one panel, of which the first is even.
template <class T, int Rows>
inline __attribute__((always_inline)) void put_rows(word* panel, int64_t row, vf first, vf second) {
    if constexpr (elements_of_word<T> == 1) {
        store((float*)panel + row * Lanes, first);
        if constexpr (Rows == 2) store((float*)panel + (row + 1) * Lanes, second);
    } else {
        *(vu_any*)(panel + row / 2 * Lanes) = (vu_any)interleave(first, second);
    }
}

// The operands of an expert's weight gradients, each packed over its rows in so many groups.
template <class T>
struct ExpertOperands {
    word *h, *dy, *dgate_up, *activation;
    int64_t groups;

    // One after the other from `memory`, whose words count the columns of all four for each group.
    ExpertOperands(const ExpertRouting& r, int64_t rows, word* memory) : groups(groups_of<T>(rows)) {
        h = memory;
        dy = h + groups * r.dim;
        dgate_up = dy + groups * r.dim;
        activation = dgate_up + groups * 2 * r.width;
    }
    static int64_t words(const ExpertRouting& r, int64_t rows) { return groups_of<T>(rows) * (2 * r.dim + 3 * r.width); }
};

// Where a block's rows stand among them.
template <class T>
struct PackedExpertRows {
    const ExpertRows& rows;
    const ExpertOperands<T>* operands;  // null where no gradients of weights are wanted
    const int64_t from, to;

    PackedExpertRows(const ExpertRows& block_rows, const ExpertBlock& block, const ExpertOperands<T>* all)
        : rows(block_rows), operands(all), from(block.from), to(block.to) {}

    void pack_inputs(const float* h, const T* dy) const {
        if (!operands) return;
        const int64_t dim = rows.routing.dim, begin = from;
        const ExpertRows& r = rows;
        pack_gathered_rows<T, float>([&](int64_t row) {
            if (row + TokensAhead < r.count + begin) fetch_row(h + r.token(row + TokensAhead - begin) * dim, dim);
            return h + r.token(row - begin) * dim;
        }, from, to, dim, operands->h, operands->groups);
        pack_gathered_rows<T, T>([=](int64_t row) { return dy + (row - begin) * dim; }, from, to, dim, operands->dy, operands->groups);
    }

    // Rows i and i + 1 of the block, of one panel of the expert's width; zeros are given where there is no second.
    template <int Rows, class Gradient>
    inline __attribute__((always_inline)) void put(int64_t i, int64_t panel, const Gradient& first, const Gradient& second) const {
        if (!operands) return;
        const int64_t width = rows.routing.width, row = from + i, panel_words = operands->groups * Lanes;
        put_rows<T, Rows>(operands->dgate_up + panel * panel_words, row, first.dgate, second.dgate);
        put_rows<T, Rows>(operands->dgate_up + (width / Lanes + panel) * panel_words, row, first.dup, second.dup);
        put_rows<T, Rows>(operands->activation + panel * panel_words, row, first.activation, second.activation);
    }
};

// Nothing reads the gradients soon: they go past the caches. The squares of a panel are added up on the way, row after row.
template <class T>
inline void expert_weight_gradient(const word* x, int64_t rows, const word* y, int64_t from_panel, int64_t to_panel, int64_t columns, int64_t groups,
                                   float* gradient, float* squares) {
    for (int64_t first = from_panel; first < to_panel; first += TilePanels) {
        const int64_t last = least(first + TilePanels, to_panel);
        vf sums[TilePanels] = {};
        multiply_transposed<T>(x, 0, rows, first, last, y, groups, [&](int64_t i, int64_t panel, vf value) __attribute__((always_inline)) {
            put((word*)gradient + i * columns + panel * Lanes, (vu)value, true);
            sums[panel - first] += value * value;
        });
        for (int64_t panel = first; panel < last; ++panel) squares[panel] = sum(sums[panel - first]);
    }
}

// Panels [from, to) of the gradients of an expert's gate and up, then of down.
template <class T>
inline void expert_weight_gradients(const ExpertsBackwardArgs& a, int64_t expert, const ExpertOperands<T>& o, int64_t from, int64_t to) {
    const int64_t dim = a.routing.dim, width = a.routing.width, up_panels = 2 * width / Lanes;
    float* squares = a.squares + expert * (up_panels + dim / Lanes);
    if (from < up_panels)
        expert_weight_gradient<T>(o.h, dim, o.dgate_up, from, least(to, up_panels), 2 * width, o.groups, a.dgate_up + expert * dim * 2 * width, squares);
    if (to > up_panels)
        expert_weight_gradient<T>(o.activation, width, o.dy, from < up_panels ? 0 : from - up_panels, to - up_panels, dim, o.groups, a.ddown + expert * width * dim,
                                  squares + up_panels);
    stream_fence();
}

}  // namespace EDL_ISA
}  // namespace edl
