// A layer's experts. T tokens, K choices of each, D model width, E experts, F expert width.
//
// The T·K pairs of a token and one of its experts are sorted by expert: pair t·K + k stands at some row, and the rows of an
// expert follow one another. What lies by pair is in the tokens' order, what lies by row in the experts'.
#pragma once
#include <stdint.h>

namespace edl {

struct Background;

// An expert's rows. The first is even, so that two rows of one word (gemm.h) never belong to two experts.
struct ExpertSegment {
    int64_t first_row, rows;
    int64_t first_block, blocks;  // of ExpertRouting's blocks
};

// What one task takes: rows [from, to) of an expert's segment.
struct ExpertBlock {
    int64_t expert, from, to;
};

// At most, where products of a token's rows are wanted.
constexpr int64_t ExpertChoices = 64;

// A block's operands and results stay in the second level of the cache.
constexpr int64_t ExpertBlockRows = 144;

struct ExpertRouting {
    int64_t tokens, choices, experts, dim, width;
    const ExpertSegment* segments;  // [E]
    const ExpertBlock* blocks;
    int64_t block_count;
    const int64_t* by_size;  // [E] the experts, those of most rows first
    const int64_t* pair_of_row;
    const float* weights;  // by pair
    int threads;
};

struct ExpertsForwardArgs {
    ExpertRouting routing;
    const float *residual, *h;  // [T, D]
    const void *gate_up, *down;  // packed over rows
    void* gate_up_rows;          // [rows, 2F] before the activation, kept for the gradient; or null
    float* y;                    // [T, D]
    void* outputs;               // [T·K, D] multiplied; in fp32 where they are `asked` for, which changes nothing else
    bool asked;
    float* activations;          // [T·K, F], or null
    // The inner products of a token's K rows with each other, [T, K, K]: of its outputs, and of its activations as they are multiplied, which
    // are kept by pair for it, [T·K, F]. Or null.
    float *output_products, *activation_products;
    void* multiplied_activations;
    Background* background;      // what may be done beside, or null
};

struct ExpertsBackwardArgs {
    ExpertRouting routing;
    const float* h;              // [T, D]
    const void *gate_up, *down;  // packed over columns
    const void* gate_up_rows;    // [rows, 2F]
    const float* dy;             // [T, D]
    const float *outputs, *doutputs;  // [T·K, D], or null; outputs stand where they or their products have a gradient
    const float* dactivations;        // [T·K, F], or null
    const float *doutput_products, *dactivation_products;  // [T, K, K], or null
    const void* multiplied_activations;                    // [T·K, F], or null
    float* dh;                        // [T, D]
    void* dh_of_pair;                 // [T·K, D] multiplied
    float* dweights;                  // [T·K]
    float *dgate_up, *ddown;          // [E, D, 2F], [E, F, D], or both null
    float* squares;                   // [E, (2F + D) / lanes] with them: sums of the squares of their panels
    // Memory for what the weights' gradients are made of, packed over an expert's rows: 2 D + 3 F multiplied elements for each row of the
    // plan. Null where an expert is to be one task, its operands in the thread's own memory.
    void* operands;
};

}  // namespace edl
