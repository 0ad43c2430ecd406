// Norm before the experts, router, and where each token goes. T tokens, D model width, E experts, K top-k; all fp32.
#pragma once
#include <stdint.h>

namespace edl {

// Tokens of one task, and of one partial sum over tokens.
constexpr int64_t RouterRows = 128;
constexpr int64_t RouterExperts = 1024;  // at most
constexpr int64_t RouterTopK = 64;       // at most

//   h = x / √(mean x² + ε) · norm,  logits = h @ router^T
//   share s = softmax(logits) or sigmoid(logits);  P = s, or s / Σ s where sigmoids;  the K largest s + bias are chosen;
//   w = their s, divided by their sum where `normalise`
struct RouterShape {
    int64_t tokens, dim, experts, top_k;
    bool sigmoid, normalise;
    int threads;
};

struct RouterArgs {
    RouterShape shape;
    const float *x, *norm, *router;  // [T, D], [D], [E, D]
    const float* bias;               // [E] or null
    float eps;
    float *h, *inverse_rms;          // [T, D], [T]
    float *logits, *probabilities;   // [T, E]
    int64_t* indices;                // [T, K], the largest first; of equal ones the lower number
    float* weights;                  // [T, K]
    void* packed_router;             // E rounded up to 16, times D
};

struct RouterBackwardArgs {
    RouterShape shape;
    const float *x, *norm, *router, *inverse_rms;
    const float *logits, *probabilities;  // as they came out; logits are read where sigmoids
    const int64_t* indices;
    // Each null for 0; that of x itself is that of whoever takes the stream on.
    const float *dx_beside, *dh, *dlogits, *dprobabilities, *dweights;
    float *dx, *dnorm, *drouter;     // drouter null where neither logits nor what is made of them has a gradient
    void* packed_router;             // E · D
    float* partial;                  // [blocks of tokens, E + 1, D]: of the router, then of the norm
};

}  // namespace edl
