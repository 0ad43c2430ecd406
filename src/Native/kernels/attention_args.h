#pragma once
#include <stdint.h>

namespace edl {

struct Background;

// B batch, L length, T = B·L tokens, D model, H query heads, G key/value heads, R head width, W = (H + 2G)·R.
// "Multiplied" marks arrays of the type that matrices are multiplied in: float or bfloat16.
struct AttentionArgs {
    int64_t batch, length, dim, heads, kv_heads, width;
    float eps;
    int threads;
    const float* x;                // [T, D] residual stream
    const float* norm;             // [D]
    const float *q_norm, *k_norm;  // [R]
    const float *cosine, *sine;    // [L, R/2]
    const int32_t* starts;         // [T] first position that a token may attend to, in its sequence; null: 0
    const void* qkv_over_columns;  // [W, D] packed
    const void* out_over_columns;  // [D, H·R] packed
    float* scale;                  // [T] what x was multiplied with by the norm
    void* qkv;                     // [T, W] multiplied: queries, keys and values as they leave their product
    void* mixed;                   // [T, H·R] multiplied: the heads side by side
    float* log_sums;               // [T, H] log2 Σ exp(scores)
    float* y;                      // [T, D]
    Background* background;        // what may be done beside, or null; the forward pass alone looks at it
};

// Rows that are normed, multiplied and packed together, and how many of such blocks make a chunk of a packed activation.
constexpr int64_t BlockRows = 64, ChunkBlocks = 3, ChunkRows = BlockRows * ChunkBlocks;

struct AttentionBackwardArgs {
    AttentionArgs forward;           // y is not read
    const float* dy;                 // [T, D]
    const void* qkv_over_rows;       // packed
    const void* out_over_rows;       // packed
    // Workspace. A sequence that goes through all phases on one thread takes the rows of dmixed and dqkv at the thread's number.
    void* dmixed;                    // [T, H·R] multiplied
    void* dqkv;                      // [T, W] multiplied
    float* deltas;                   // [T, H] Σ dmixed · mixed of a head
    void *packed_dy, *packed_mixed;  // [T, D], [T, H·R] packed over rows by chunks (weight_gradient.h)
    void *packed_dqkv, *packed_x;    // [T, W], [T, D] normed, likewise
    // Results; those of the norms in blocks, to be added up.
    float* dx;                       // [T, D]
    float* dnorm;                    // [blocks of BlockRows rows, D]
    float *dq_norm, *dk_norm;        // [B·G, R]
    float* dwqkv;                    // [W, D]
    float* dwout;                    // [D, H·R]
    float* squares;                  // [W + D] sums of the squares of dwqkv's rows, then of dwout's
};

}  // namespace edl
