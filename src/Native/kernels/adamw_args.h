#pragma once
#include <stdint.h>

namespace edl {

// Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2):
//   g <- scale g;  m <- m + (1 - b1)(g - m);  v <- b2 v + (1 - b2) g²
//   p <- p (1 - lr wd) - lr / (1 - b1^t) · m / (sqrt(v) / sqrt(1 - b2^t) + eps)
struct AdamWStep {
    float scale, beta1, beta2, eps, decay, rate, root_correction;
};

// One parameter: `rows` x `columns` numbers in one matrix, or in several that follow one another. Where packings are given, the new
// weights are packed while they are in the cache.
struct AdamWTensor {
    float* p;
    const float* g;
    float* m;
    float* v;
    int64_t rows, columns;  // of one matrix
    void* over_rows;        // null: not packed
    void* over_columns;
    bool bf16;
};

// Rows [from, to) of one matrix of a parameter; `from` a multiple of 64 where it is packed.
struct AdamWTask {
    int64_t tensor, matrix, from, to;
};

struct AdamWArgs {
    const AdamWTensor* tensors;
    const AdamWTask* tasks;
    int64_t count;
    AdamWStep step;
    bool stream;  // packings are larger than the caches: written past them
    int threads;
};

// An update that is done beside the operators that need it: tasks from `next` on are left, and threads take them one by one (background.h).
struct Background {
    AdamWArgs update;
    int64_t next;
    int working;  // threads that have not finished the operator's own tasks
};

constexpr int64_t AdamWRows = 64;

}  // namespace edl
