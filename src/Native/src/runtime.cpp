// Random numbers, threads, determinism, devices.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <omp.h>
#include <torch/version.h>

#include <mutex>
#include <string>

#include "boundary.h"

extern "C" int edl_manual_seed(uint64_t seed) {
    return edl::guarded([&] { at::manual_seed(seed); });
}

extern "C" int edl_generator_new(int32_t device, uint64_t seed, edl_generator* out) {
    *out = nullptr;
    return edl::guarded([&] {
        auto generator = at::globalContext().defaultGenerator(edl::device_of(device)).clone();
        generator.set_current_seed(seed);
        *out = reinterpret_cast<edl_generator>(new at::Generator(std::move(generator)));
    });
}

extern "C" void edl_generator_free(edl_generator generator) { delete reinterpret_cast<at::Generator*>(generator); }

extern "C" const char* edl_torch_version(void) { return TORCH_VERSION; }

// The vector instructions that libtorch's kernels use; libtorch tells it only inside a page of prose.
extern "C" const char* edl_cpu_capability(void) {
    static std::string capability;
    static std::once_flag once;
    edl::guarded([] {
        std::call_once(once, [] {
            const std::string page = at::show_config(), mark = "CPU capability usage: ";
            if (auto at = page.find(mark); at != std::string::npos) {
                at += mark.size();
                capability = page.substr(at, page.find_first_of("\n ", at) - at);
            }
        });
    });
    return capability.c_str();
}

extern "C" int32_t edl_get_num_threads(void) { return at::get_num_threads(); }

extern "C" int edl_set_num_threads(int32_t threads) {
    return edl::guarded([&] {
        TORCH_CHECK(threads > 0, "the number of threads must be above 0, ", threads, " came");
        // A thread's first look at the number sets it to what any thread asked for last; looking first keeps it from undoing this.
        at::get_num_threads();
        at::set_num_threads(threads);
        omp_set_num_threads(threads);
    });
}

extern "C" int edl_set_deterministic(int32_t on) {
    return edl::guarded([&] { at::globalContext().setDeterministicAlgorithms(on != 0, false); });
}

// The CUDA part of libtorch registers a device guard when it is loaded; a CPU build has none.
extern "C" int32_t edl_cuda_device_count(void) {
    int32_t count = 0;
    edl::guarded([&] {
        if (c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA))
            count = c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount();
    });
    return count;
}

extern "C" int32_t edl_cuda_is_built(void) {
    int32_t built = 0;
    edl::guarded([&] { built = c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA); });
    return built;
}

// The guard's functions may not throw, so an index out of range would end the process there: it is refused here.
extern "C" int edl_cuda_synchronize(int32_t index) {
    return edl::guarded([&] {
        const int32_t count = edl_cuda_device_count();
        TORCH_CHECK(index >= 0 && index < count, "there is no CUDA device ", index, "; this machine has ", count);
        c10::Device device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
        c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).getStream(device).synchronize();
    });
}
