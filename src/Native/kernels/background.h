// Work that waits for memory inside work that waits for arithmetic: the update of weights (adamw.cpp), taken up piece by piece by the
// products of the next pass. While panels are multiplied the numbers of a piece are fetched into the second level of the cache, a line in
// each step of the loop (gemm.h); between two tiles of panels the piece that has come is updated.
#pragma once
#include "adamw.h"
#include "gemm.h"

namespace edl {
namespace EDL_ISA {

// One thread's part in it, while it works on a region's own tasks.
class Beside {
   public:
    explicit Beside(Background* background) : b(background) {}

    // Between two tiles of panels of `words` words each: what to fetch during the next one, with what is to be fetched anyway behind it.
    Ahead* turn(int64_t words, Ahead* ahead) {
        if (!b) return ahead;
        if (held && arrived()) update(least(row + Lanes, end_row()));
        if (!held && !take(b->update.count)) return ahead;
        for (Ahead& array : arrays) array.words = words;
        arrays[3].then = ahead;
        return arrays;
    }

    // When the thread finds none of the region's own tasks: it finishes what it has begun, and goes on until the last thread is here.
    void finish() {
        if (!b) return;
        if (held) update(end_row());
        __atomic_sub_fetch(&b->working, 1, __ATOMIC_RELAXED);
        while (__atomic_load_n(&b->working, __ATOMIC_RELAXED) > 0 && take(b->update.count)) update(end_row());
    }

   private:
    Background* b;
    bool held = false;
    int64_t task = 0, row = 0;  // the next row of the task that is held
    Ahead arrays[4];

    int64_t end_row() const { return b->update.tasks[task].to; }

    bool arrived() const {
        for (const Ahead& array : arrays)
            if (array.left > 0) return false;
        return true;
    }

    bool take(int64_t end) {
        task = __atomic_load_n(&b->next, __ATOMIC_RELAXED);
        do {
            if (task >= end) return false;
        } while (!__atomic_compare_exchange_n(&b->next, &task, task + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
        held = true;
        row = b->update.tasks[task].from;
        ask();
        return true;
    }

    // What the next piece reads.
    void ask() {
        const AdamWTensor& t = b->update.tensors[b->update.tasks[task].tensor];
        const int64_t at = (b->update.tasks[task].matrix * t.rows + row) * t.columns, words = (least(row + Lanes, end_row()) - row) * t.columns;
        const float* first[] = {t.p + at, t.g + at, t.m + at, t.v + at};
        for (int i = 0; i < 4; ++i) arrays[i] = {(const word*)first[i], 0, words, i < 3 ? arrays + i + 1 : nullptr};
    }

    void update(int64_t to) {
        adamw_rows(b->update, task, row, to);
        row = to;
        held = row < end_row();
        if (held) ask();
    }
};

}  // namespace EDL_ISA
}  // namespace edl
