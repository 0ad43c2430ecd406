#pragma once
#include <stdint.h>

namespace edl {

// `count` row-major matrices [rows, columns], one after another.
struct PackArgs {
    const float* weights;
    int64_t count, rows, columns;
    void* over_rows;     // pack.h: to be summed over rows
    void* over_columns;  // to be summed over columns
    int threads;
};

}  // namespace edl
