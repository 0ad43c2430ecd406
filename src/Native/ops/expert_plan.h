// Which row each pair of a token and one of its experts takes: pairs sorted by expert, and the blocks of rows that tasks take.
#pragma once
#include <ATen/core/Tensor.h>

#include "../kernels/experts_args.h"

namespace edl {

class ExpertPlan {
public:
    // indices [T, K] int64.
    ExpertPlan(const at::Tensor& indices, int64_t experts, const char* op);

    // What a plan was saved as.
    ExpertPlan(const at::Tensor& saved, const at::Tensor& indices, int64_t experts);

    // All of it, to be kept for the gradient.
    const at::Tensor& saved() const { return storage_; }

    // Rows of all segments, the odd ones' last included.
    int64_t rows() const { return rows_; }

    // Whether experts taken whole, the largest first, keep so many threads about evenly busy.
    bool experts_fill(int threads) const;

    // The parts of ExpertRouting that routing decides.
    void fill(ExpertRouting& routing) const;

private:
    at::Tensor storage_;  // [4 E segments][E by size][rows pairs][3 blocks]
    int64_t tokens_, choices_, experts_, rows_ = 0, blocks_ = 0;
};

}  // namespace edl
