// edl::pack_weights: a weight, or a stack of them, in the two layouts that a fused operator multiplies with; pack_weights_ writes them anew.
#include <ATen/ATen.h>
#include <torch/library.h>

#include "../kernels/weights_args.h"
#include "packed.h"
#include "update.h"

namespace {

struct Stack {
    int64_t count, rows, columns;
};

Stack stack_of(const at::Tensor& weight) {
    TORCH_CHECK(weight.dim() == 2 || weight.dim() == 3, "pack_weights: a weight is a matrix or a stack of matrices");
    edl::check_float(weight, weight.sizes(), "pack_weights", "the weight");
    return {weight.dim() == 3 ? weight.size(0) : 1, weight.size(-2), weight.size(-1)};
}

// weight [R, C] or [N, R, C].
void pack_weights_(const at::Tensor& weight, at::Tensor over_rows, at::Tensor over_columns) {
    edl::settle();
    const auto s = stack_of(weight);
    const auto precision = edl::precision_of(over_rows, "pack_weights_");
    edl::check_packed(over_rows, precision, s.count, s.rows, s.columns, "pack_weights_", "over_rows");
    edl::check_packed(over_columns, precision, s.count, s.columns, s.rows, "pack_weights_", "over_columns");
    edl::kernels().pack[precision](
        {weight.data_ptr<float>(), s.count, s.rows, s.columns, over_rows.data_ptr(), over_columns.data_ptr(), at::get_num_threads()});
}

std::tuple<at::Tensor, at::Tensor> pack_weights(const at::Tensor& weight, bool bf16) {
    const auto s = stack_of(weight);
    const auto precision = bf16 ? edl::Bf16 : edl::Fp32;
    const auto type = weight.options().requires_grad(false).dtype(bf16 ? at::kBFloat16 : at::kFloat);
    auto over_rows = at::empty(edl::packed_sizes(precision, s.count, s.rows, s.columns), type);
    auto over_columns = at::empty(edl::packed_sizes(precision, s.count, s.columns, s.rows), type);
    pack_weights_(weight, over_rows, over_columns);
    return {over_rows, over_columns};
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def("pack_weights(Tensor weight, bool bf16) -> (Tensor over_rows, Tensor over_columns)");
    library.def("pack_weights_(Tensor weight, Tensor(a!) over_rows, Tensor(b!) over_columns) -> ()");
}

TORCH_LIBRARY_IMPL(edl, CPU, library) {
    library.impl("pack_weights", pack_weights);
    library.impl("pack_weights_", pack_weights_);
}
