#pragma once
#include <stdint.h>

namespace edl {

// T tokens, E experts, K top-k.
//   share s = softmax(x) or sigmoid(x);  P = s, or s / Σ s where sigmoids;  the K largest s + bias are chosen;
//   w = their s, divided by their sum where `normalise`
struct RouteArgs {
    const float* logits;  // [T, E]
    const float* bias;    // [E] or null
    int64_t tokens, experts, top_k;
    bool sigmoid, normalise;
    float* probabilities;  // [T, E]
    int64_t* indices;      // [T, K], the largest first; of equal ones the lower number
    float* weights;        // [T, K]
    int threads;
};

struct RouteBackwardArgs {
    const float* logits;         // sigmoid only
    const float* probabilities;  // as they came out
    const int64_t* indices;
    const float* dprobabilities;  // [T, E] or null for 0
    const float* dweights;        // [T, K] or null for 0
    int64_t tokens, experts, top_k;
    bool sigmoid, normalise;
    float* dlogits;  // [T, E]
    int threads;
};

constexpr int64_t RouteRows = 64;
constexpr int64_t RouteExperts = 1024;  // at most
constexpr int64_t RouteTopK = 64;       // at most

}  // namespace edl
