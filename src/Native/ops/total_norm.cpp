// edl::total_norm: the Euclidean norm of a list of tensors together. The sum of a gradient's squares is taken from the kernel that wrote it
// where it is still known; other tensors are read in one pass. Blocks of fixed size are summed in fp32 lanes and joined in double in their
// order, so the result does not depend on the number of threads.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

#include "squares.h"

namespace {

constexpr int64_t Block = 1 << 14;
constexpr int Lanes = 32;

#if defined(__x86_64__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
double squares(const float* x, int64_t count) {
    float lane[Lanes] = {};
    int64_t i = 0;
    for (; i + Lanes <= count; i += Lanes)
        for (int j = 0; j < Lanes; ++j) lane[j] += x[i + j] * x[i + j];
    double total = 0;
    for (int j = 0; j < Lanes; ++j) total += lane[j];
    for (; i < count; ++i) total += double(x[i]) * x[i];
    return total;
}

struct Piece {
    const float* data;
    int64_t count;
};

at::Tensor total_norm(at::TensorList tensors) {
    std::vector<Piece> pieces;
    double total = 0;
    for (const auto& tensor : tensors) {
        TORCH_CHECK(tensor.scalar_type() == at::kFloat && tensor.is_contiguous() && tensor.is_cpu(), "total_norm: tensors must be contiguous Float32 on the host");
        if (const auto kept = edl::kept_squares(tensor)) {
            total += *kept;
            continue;
        }
        const auto* data = tensor.data_ptr<float>();
        for (int64_t from = 0; from < tensor.numel(); from += Block) pieces.push_back({data + from, std::min(Block, tensor.numel() - from)});
    }
    std::vector<double> sums(pieces.size());
    const auto count = static_cast<int64_t>(pieces.size());
#pragma omp parallel for schedule(dynamic, 8) num_threads(at::get_num_threads())
    for (int64_t i = 0; i < count; ++i) sums[i] = squares(pieces[i].data, pieces[i].count);
    for (const double sum : sums) total += sum;
    return at::scalar_tensor(std::sqrt(total), at::TensorOptions().dtype(at::kFloat));
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def("total_norm(Tensor[] tensors) -> Tensor");
    library.def("kept_squares(Tensor gradient) -> float");  // what total_norm needs not read the gradient for; -1 where it is to be read
}
TORCH_LIBRARY_IMPL(edl, CPU, library) {
    library.impl("total_norm", total_norm);
    library.impl("kept_squares", [](const at::Tensor& gradient) { return edl::kept_squares(gradient).value_or(-1.0); });
}
