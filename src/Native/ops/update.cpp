#include "update.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "../kernels/table.h"

namespace edl {
namespace {

struct PutOff {
    Update update;
    Background background{};

    // Does the tasks before `end` with all threads.
    void finish(int64_t end) {
        auto a = update.arguments;
        a.tasks += background.next;
        a.count = end - background.next;
        a.threads = at::get_num_threads();
        if (a.count <= 0) return;
        kernels().adamw(a);
        background.next = end;
    }

    bool done() const { return background.next >= update.arguments.count; }
};

thread_local PutOff put_off_here;

bool holds(const Update::Packed& packed, std::initializer_list<const at::Tensor*> packings) {
    return std::any_of(packings.begin(), packings.end(),
                       [&](const at::Tensor* t) { return t->data_ptr() == packed.over_rows || t->data_ptr() == packed.over_columns; });
}

}  // namespace

void put_off(Update&& update) {
    settle();
    put_off_here.update = std::move(update);
    put_off_here.background = {put_off_here.update.arguments, 0, 0};
}

Background* beside(std::initializer_list<const at::Tensor*> packings) {
    auto& here = put_off_here;
    auto& packed = here.update.packed;
    if (packed.empty()) return nullptr;
    const auto last = std::find_if(packed.rbegin(), packed.rend(), [&](const auto& p) { return holds(p, packings); });
    if (last != packed.rend()) here.finish(last->end);
    if (here.done()) {
        settle();
        return nullptr;
    }
    here.background.working = at::get_num_threads();
    return &here.background;
}

void settle() {
    put_off_here.finish(put_off_here.update.arguments.count);
    put_off_here.update = {};
    put_off_here.background = {};
}

}  // namespace edl
