// Updates of weights that are put off: each weight is brought up to date by the time an operator multiplies with it, the work being shared
// with the operators before. They belong to the thread that put them off; so does who calls.
#pragma once
#include <ATen/core/Tensor.h>

#include <initializer_list>
#include <vector>

#include "../kernels/adamw_args.h"

namespace edl {

struct Update {
    // What the tasks for a weight's packings end before.
    struct Packed {
        const void *over_rows, *over_columns;
        int64_t end;
    };

    std::vector<at::Tensor> held;  // whose memory the tasks work on
    std::vector<AdamWTensor> tensors;
    std::vector<AdamWTask> tasks;
    std::vector<Packed> packed;  // in the order of their tasks
    AdamWArgs arguments{};       // of `tensors` and `tasks`
};

// Takes over an update whose tasks nobody has begun; the one before is finished first.
void put_off(Update&& update);

// Finishes what an operator needs that multiplies with these packings, and gives it what it may do beside; null where nothing is left.
Background* beside(std::initializer_list<const at::Tensor*> packings);

// Finishes everything.
void settle();

}  // namespace edl
