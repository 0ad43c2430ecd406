// RMS norm and router: h = x / √(mean x² + ε) · norm, logits = h @ router^T, all fp32. T tokens, D model width, E experts.
#pragma once
#include <stdint.h>

namespace edl {

// Tokens of one task, and of one partial sum over tokens.
constexpr int64_t NormRouterRows = 128;

struct NormRouterArgs {
    int64_t tokens, dim, experts;
    const float *x, *norm, *router;  // [T, D], [D], [E, D]
    float eps;
    float *h, *logits, *inverse_rms;  // [T, D], [T, E], [T]
    void* packed_router;              // E rounded up to 16, times D
    int threads;
};

struct NormRouterBackwardArgs {
    int64_t tokens, dim, experts;
    const float *x, *norm, *router, *inverse_rms;
    const float *dh, *dlogits;      // either may be null
    float *dx, *dnorm, *drouter;
    void* packed_router;            // E · D
    float* partial;                 // [blocks of tokens, E + 1, D]: of the router, then of the norm
    int threads;
};

}  // namespace edl
