// Work that waits for memory beside work that waits for arithmetic: the update of weights (adamw.cpp), which the operators of the next pass
// take up while they multiply with the weights that are done.
#pragma once
#include "adamw.h"

namespace edl {
namespace EDL_ISA {

// Does one task before `end`; false where there is none.
inline bool take_one(Background& b, int64_t end) {
    int64_t task = __atomic_load_n(&b.next, __ATOMIC_RELAXED);
    do {
        if (task >= end) return false;
    } while (!__atomic_compare_exchange_n(&b.next, &task, task + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    adamw_task(b.update, task);
    return true;
}

// At the beginning of a region: some threads do what the next operator needs, few enough not to wait for each other's memory; the others
// begin with the region's own tasks, of which these will find fewer left.
inline void begin_beside(Background* b, int thread, int threads) {
    if (!b || thread < threads - (threads < 8 ? 1 : threads / 4)) return;
    while (take_one(*b, b->wanted)) {
    }
}

// When a thread finds none of the region's own tasks: it goes on in the background until the last thread is here.
inline void end_beside(Background* b) {
    if (!b) return;
    __atomic_sub_fetch(&b->working, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&b->working, __ATOMIC_RELAXED) > 0 && take_one(*b, b->update.count)) {
    }
}

}  // namespace EDL_ISA
}  // namespace edl
