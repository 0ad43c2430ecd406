// edl::pack_weights: a weight, or a stack of them, in the two packings that a fused operator multiplies with.
#include <ATen/ATen.h>
#include <torch/library.h>

#include "../kernels/weights_args.h"
#include "packed.h"

namespace {

// weight [R, C] or [N, R, C]; the results are reused where they are given and fit.
void pack_weights_(const at::Tensor& weight, at::Tensor over_rows, at::Tensor over_columns) {
    const bool stack = weight.dim() == 3;
    TORCH_CHECK(stack || weight.dim() == 2, "pack_weights_: a weight is a matrix or a stack of matrices");
    const int64_t count = stack ? weight.size(0) : 1, rows = weight.size(-2), columns = weight.size(-1);
    const auto precision = edl::precision_of(over_rows, "pack_weights_");
    edl::check_float(weight, weight.sizes(), "pack_weights_", "the weight");
    edl::check_packed(over_rows, precision, count, rows, columns, "pack_weights_", "over_rows");
    edl::check_packed(over_columns, precision, count, columns, rows, "pack_weights_", "over_columns");
    edl::kernels().pack[precision]({weight.data_ptr<float>(), count, rows, columns, over_rows.data_ptr(), over_columns.data_ptr(), at::get_num_threads()});
}

}  // namespace

TORCH_LIBRARY_FRAGMENT(edl, library) {
    library.def("pack_weights_(Tensor weight, Tensor(a!) over_rows, Tensor(b!) over_columns) -> ()");
}

TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("pack_weights_", pack_weights_); }
