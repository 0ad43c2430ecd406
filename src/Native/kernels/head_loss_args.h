#pragma once
#include <stdint.h>

namespace edl {

// T tokens, D model, V vocabulary. Rows [0, T) of one chunk; dx null where no gradient is wanted.
struct HeadLossArgs {
    const float* x;          // [T, D] residual stream before the last norm
    const float* norm;       // [D]
    const int64_t* targets;  // [T]
    int64_t ignore;          // the target of rows that predict nothing
    const void* over_columns;  // head [V, D] packed: logits
    const void* over_rows;     // head packed: gradient of the normed stream
    int64_t tokens, dim, vocabulary;
    float eps, scale;  // scale: what gradients are multiplied with
    float* nll;        // [T]
    float* dx;         // [T, D]
    float* dnorm;      // [blocks of HeadRows rows, D], sums by block
    void* normed;      // [T, D] packed over rows in chunks (weight_gradient.h), to be kept for the head's gradient
    void* dlogits;     // [T, V] packed over rows in chunks
    int threads;
};

struct HeadGradientArgs {
    const void* normed;
    const void* dlogits;
    int64_t tokens, dim, vocabulary;
    float scale;
    bool add;        // to what stands in dhead
    float* dhead;    // [V, D]
    float* squares;  // [V] sums of the squares of its rows, or null
    int threads;
};

constexpr int64_t HeadRows = 24;

}  // namespace edl
