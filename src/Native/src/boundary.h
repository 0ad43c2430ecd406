// What every file of the boundary shares: turning exceptions into a status, and tensors into handles and back.
#pragma once
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <exception>
#include <new>

#include "edl_native.h"

namespace edl {

int fail(int status, const char* words) noexcept;
extern std::atomic<int64_t> live_tensors;

// Runs the body; any exception becomes a status with its words kept for edl_last_error.
template <typename Body>
int guarded(Body&& body) noexcept {
    try {
        body();
        return EDL_OK;
    } catch (const c10::Error& error) {
        return fail(EDL_ERROR, error.what_without_backtrace());
    } catch (const std::bad_alloc& error) {
        return fail(EDL_OUT_OF_MEMORY, error.what());
    } catch (const std::exception& error) {
        return fail(EDL_ERROR, error.what());
    } catch (...) {
        return fail(EDL_ERROR, "an exception of unknown type");
    }
}

// Gives a reference away as a handle (null for an undefined tensor).
inline edl_tensor hand_out(at::Tensor tensor) {
    if (!tensor.defined()) return nullptr;
    live_tensors.fetch_add(1, std::memory_order_relaxed);
    return reinterpret_cast<edl_tensor>(tensor.unsafeReleaseTensorImpl());
}

// A new reference to what a handle stands for; the handle stays its owner's.
inline at::Tensor borrow(const void* handle) {
    TORCH_CHECK(handle != nullptr, "a tensor was expected, a null handle came");
    auto* impl = static_cast<c10::TensorImpl*>(const_cast<void*>(handle));
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::unsafe_reclaim_from_nonowning(impl));
}

inline c10::Device device_of(int64_t packed) {
    auto type = static_cast<c10::DeviceType>(packed & 0xff);
    return c10::Device(type, static_cast<c10::DeviceIndex>(static_cast<int32_t>(packed) >> 8));
}

inline int32_t packed(c10::Device device) {
    return static_cast<int32_t>(device.type()) | (static_cast<int32_t>(device.index()) << 8);
}

}  // namespace edl
