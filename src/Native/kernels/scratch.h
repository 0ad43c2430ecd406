// Working memory of a thread, kept from call to call.
#pragma once
#include <stdint.h>
#include <stdlib.h>

namespace edl {
namespace EDL_ISA {

// At least `bytes` bytes at a multiple of 64, the same ones at every call of a thread that asks for no more: a kernel takes its whole
// need in one call, and a `slot` of its own where it is called from another kernel.
template <int slot = 0>
inline char* scratch(int64_t bytes) {
    static thread_local char* memory = nullptr;
    static thread_local int64_t size = 0;
    if (bytes > size) {
        free(memory);
        size = (bytes + 4095) / 4096 * 4096;
        memory = (char*)aligned_alloc(4096, size);
        if (!memory) abort();
    }
    return memory;
}

// Cuts one piece of scratch after the other from it.
struct Cut {
    char* at;
    template <class T>
    T* take(int64_t count) {
        T* piece = (T*)at;
        at += (count * int64_t(sizeof(T)) + 63) / 64 * 64;
        return piece;
    }
};

constexpr int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace EDL_ISA
}  // namespace edl
