// A tensor's life, data and description.
#include <ATen/ops/empty.h>

#include <cstring>

#include "../ops/squares.h"
#include "boundary.h"
#include "number.h"

namespace edl {
std::atomic<int64_t> live_tensors{0};
}

extern "C" int64_t edl_live_tensors(void) { return edl::live_tensors.load(std::memory_order_relaxed); }

extern "C" int edl_tensor_from_data(const void* data, int64_t bytes, const int64_t* sizes, int32_t dim, int32_t dtype, int32_t device,
                                    edl_tensor* out) {
    *out = nullptr;
    return edl::guarded([&] {
        auto type = static_cast<c10::ScalarType>(dtype);
        auto tensor = at::empty(at::IntArrayRef(sizes, dim), at::TensorOptions().dtype(type));
        TORCH_CHECK(static_cast<int64_t>(tensor.nbytes()) == bytes, "a tensor of sizes ", at::IntArrayRef(sizes, dim), " takes ",
                    tensor.nbytes(), " bytes, ", bytes, " came");
        if (bytes > 0) std::memcpy(tensor.data_ptr(), data, bytes);
        auto target = edl::device_of(device);
        // From pinned memory the copy takes its place in the GPU's queue; from any other the host would wait for all that is in it.
        if (target.is_cuda()) tensor = tensor.pin_memory().to(target, type, true);
        *out = edl::hand_out(target.is_cpu() || target.is_cuda() ? std::move(tensor) : tensor.to(target));
    });
}

extern "C" void edl_tensor_free(edl_tensor tensor) {
    if (!tensor) return;
    edl::live_tensors.fetch_sub(1, std::memory_order_relaxed);
    edl::guarded([&] {
        c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(reinterpret_cast<c10::TensorImpl*>(tensor));
    });
}

extern "C" int edl_tensor_describe(edl_tensor handle, edl_tensor_info* info) {
    return edl::guarded([&] {
        auto tensor = edl::borrow(handle);
        info->sizes = tensor.sizes().data();
        info->strides = tensor.strides().data();
        info->numel = tensor.numel();
        info->dim = static_cast<int32_t>(tensor.dim());
        info->dtype = static_cast<int32_t>(tensor.scalar_type());
        info->device = edl::packed(tensor.device());
        info->requires_grad = tensor.requires_grad();
        info->is_leaf = tensor.is_leaf();
        info->is_contiguous = tensor.is_contiguous();
        info->has_grad = info->is_leaf && tensor.grad().defined();
    });
}

extern "C" int edl_tensor_version(edl_tensor tensor, int64_t* version) {
    return edl::guarded([&] { *version = edl::borrow(tensor)._version(); });
}

extern "C" int edl_tensor_data(edl_tensor handle, int32_t writes, void** data) {
    *data = nullptr;
    return edl::guarded([&] {
        const auto tensor = edl::borrow(handle);
        if (writes) edl::forget_squares(tensor);
        *data = tensor.data_ptr();
    });
}

extern "C" int edl_tensor_item(edl_tensor tensor, edl_value* value) {
    *value = {};
    return edl::guarded([&] {
        auto scalar = edl::number(edl::borrow(tensor));
        if (scalar.isBoolean()) {
            value->tag = EDL_BOOL;
            value->i = scalar.toBool();
        } else if (scalar.isIntegral(false)) {
            value->tag = EDL_INT;
            value->i = scalar.toLong();
        } else {
            value->tag = EDL_DOUBLE;
            value->d = scalar.toDouble();
        }
    });
}
