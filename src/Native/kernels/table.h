// The kernels of one instruction set, as functions; ops/ calls them, kernels.cpp makes one for each instruction set.
// Plain types only: this header is shared between files that are compiled for different processors.
#pragma once
#include <stdint.h>

namespace edl {

struct AdamWArgs;
struct AttentionArgs;
struct AttentionBackwardArgs;
struct HeadGradientArgs;
struct HeadLossArgs;
struct PackArgs;
struct RouterArgs;
struct RouterBackwardArgs;
struct ExpertsForwardArgs;
struct ExpertsBackwardArgs;

// Index of the two instances of a kernel: by the type that matrices are multiplied in.
enum Precision { Fp32 = 0, Bf16 = 1 };

struct Kernels {
    const char* name;
    int64_t lanes;  // floats of a register: the columns of a packed panel
    void (*adamw)(const AdamWArgs&);
    void (*pack[2])(const PackArgs&);
    void (*head_loss[2])(const HeadLossArgs&);
    void (*head_gradient[2])(const HeadGradientArgs&);
    void (*attention_block[2])(const AttentionArgs&);
    void (*attention_block_backward[2])(const AttentionBackwardArgs&);
    void (*router)(const RouterArgs&);
    void (*router_backward)(const RouterBackwardArgs&);
    void (*experts_forward[2])(const ExpertsForwardArgs&);
    void (*experts_backward[2])(const ExpertsBackwardArgs&);
};

// The kernels in use: the best of the processor's, or what the environment variable EDL_KERNELS names.
const Kernels& kernels();

}  // namespace edl
