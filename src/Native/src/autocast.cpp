// Mixed precision by libtorch's own autocast, for the operators of the calling thread. From 2.4 on its functions take the kind of device.
#include <ATen/autocast_mode.h>
#include <torch/version.h>

#include "boundary.h"

namespace {

constexpr int32_t On = 1, TypeShift = 8;

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
bool is_on(c10::DeviceType device) { return at::autocast::is_autocast_enabled(device); }
void set_on(c10::DeviceType device, bool on) { at::autocast::set_autocast_enabled(device, on); }
c10::ScalarType type_of(c10::DeviceType device) { return at::autocast::get_autocast_dtype(device); }
void set_type(c10::DeviceType device, c10::ScalarType type) { at::autocast::set_autocast_dtype(device, type); }
#else
bool is_on(c10::DeviceType device) { return device == c10::DeviceType::CPU ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled(); }
void set_on(c10::DeviceType device, bool on) { device == c10::DeviceType::CPU ? at::autocast::set_cpu_enabled(on) : at::autocast::set_enabled(on); }
c10::ScalarType type_of(c10::DeviceType device) {
    return device == c10::DeviceType::CPU ? at::autocast::get_autocast_cpu_dtype() : at::autocast::get_autocast_gpu_dtype();
}
void set_type(c10::DeviceType device, c10::ScalarType type) {
    device == c10::DeviceType::CPU ? at::autocast::set_autocast_cpu_dtype(type) : at::autocast::set_autocast_gpu_dtype(type);
}
#endif

}  // namespace

extern "C" int32_t edl_autocast_is_on(int32_t device_type) {
    int32_t on = 0;
    edl::guarded([&] { on = is_on(static_cast<c10::DeviceType>(device_type)); });
    return on;
}

extern "C" int edl_autocast_enter(int32_t device_type, int32_t dtype, int32_t on, int32_t* before) {
    *before = 0;
    return edl::guarded([&] {
        const auto device = static_cast<c10::DeviceType>(device_type);
        *before = (is_on(device) ? On : 0) | (static_cast<int32_t>(type_of(device)) << TypeShift);
        set_type(device, static_cast<c10::ScalarType>(dtype));
        set_on(device, on != 0);
        at::autocast::increment_nesting();
    });
}

// The casts of weights are kept until the outermost stretch ends.
extern "C" int edl_autocast_leave(int32_t device_type, int32_t before) {
    return edl::guarded([&] {
        const auto device = static_cast<c10::DeviceType>(device_type);
        if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
        set_type(device, static_cast<c10::ScalarType>(before >> TypeShift));
        set_on(device, (before & On) != 0);
    });
}
