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
        *(vu_any*)(panel + row / 2 * Lanes) = (vu_any)interleave(narrow(first), narrow(second));
    }
}

// Where a block's rows stand in the packed operands of its expert.
template <class T>
struct PackedExpertRows {
    const ExpertsBackwardArgs& a;
    const ExpertRows& rows;
    const int64_t from, to, groups, first_group;

    PackedExpertRows(const ExpertsBackwardArgs& args, const ExpertRows& block_rows, const ExpertBlock& block)
        : a(args), rows(block_rows), from(block.from), to(block.to), groups(groups_of<T>(args.routing.segments[block.expert].rows)),
          first_group(args.routing.segments[block.expert].first_row / elements_of_word<T>) {}

    // The expert's part of a packed operand with so many columns.
    word* of(void* packed, int64_t columns) const { return (word*)packed + first_group * columns; }

    void pack_inputs(const T* dy) const {
        if (!a.packed_h) return;
        const int64_t dim = a.routing.dim, begin = from;
        const float* h = a.h;
        const ExpertRows& r = rows;
        pack_gathered_rows<T, float>([&](int64_t row) { return h + r.token(row - begin) * dim; }, from, to, dim, of(a.packed_h, dim), groups);
        pack_gathered_rows<T, T>([=](int64_t row) { return dy + (row - begin) * dim; }, from, to, dim, of(a.packed_dy, dim), groups);
    }

    // Rows i and i + 1 of the block, of one panel of the expert's width; zeros are given where there is no second.
    template <int Rows, class Gradient>
    inline __attribute__((always_inline)) void put(int64_t i, int64_t panel, const Gradient& first, const Gradient& second) const {
        if (!a.packed_h) return;
        const int64_t width = a.routing.width, row = from + i, panel_words = groups * Lanes;
        word* dgate_up = of(a.packed_dgate_up, 2 * width);
        put_rows<T, Rows>(dgate_up + panel * panel_words, row, first.dgate, second.dgate);
        put_rows<T, Rows>(dgate_up + (width / Lanes + panel) * panel_words, row, first.dup, second.dup);
        put_rows<T, Rows>(of(a.packed_activation, width) + panel * panel_words, row, first.activation, second.activation);
    }
};

// Panels of a weight's gradient in one task.
constexpr int64_t WeightPanels = 8;

template <class T>
inline void expert_weight_gradient(const word* x, int64_t rows, const word* y, int64_t from_panel, int64_t to_panel, int64_t columns, int64_t groups,
                                   float* gradient) {
    // Nothing reads the gradients soon: they go past the caches.
    multiply_transposed<T>(x, 0, rows, from_panel, to_panel, y, groups,
                           [=](int64_t i, int64_t panel, vf sum) { put((word*)gradient + i * columns + panel * Lanes, (vu)sum, true); });
    stream_fence();
}

template <class T>
void expert_weight_gradients(const ExpertsBackwardArgs& a) {
    const ExpertRouting& r = a.routing;
    const int64_t dim = r.dim, width = r.width;
    const int64_t up_panels = 2 * width / Lanes, down_panels = dim / Lanes;
    const int64_t up_tasks = (up_panels + WeightPanels - 1) / WeightPanels, tasks = up_tasks + (down_panels + WeightPanels - 1) / WeightPanels;
#pragma omp parallel for schedule(dynamic, 1) num_threads(r.threads)
    for (int64_t task = 0; task < r.experts * tasks; ++task) {
        const int64_t expert = task / tasks, part = task % tasks, groups = groups_of<T>(r.segments[expert].rows);
        const int64_t first_group = r.segments[expert].first_row / elements_of_word<T>;
        const auto of = [=](const void* packed, int64_t columns) { return (const word*)packed + first_group * columns; };
        const auto end = [](int64_t from, int64_t panels) { return from + WeightPanels < panels ? from + WeightPanels : panels; };
        if (part < up_tasks) {
            const int64_t from = part * WeightPanels;
            expert_weight_gradient<T>(of(a.packed_h, dim), dim, of(a.packed_dgate_up, 2 * width), from, end(from, up_panels), 2 * width, groups,
                                      a.dgate_up + expert * dim * 2 * width);
        } else {
            const int64_t from = (part - up_tasks) * WeightPanels;
            expert_weight_gradient<T>(of(a.packed_activation, width), width, of(a.packed_dy, dim), from, end(from, down_panels), dim, groups,
                                      a.ddown + expert * width * dim);
        }
    }
}

}  // namespace EDL_ISA
}  // namespace edl
