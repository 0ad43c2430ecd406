// Process groups: collectives over gloo or nccl, made on a store.
#include "c10d.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "boundary.h"

#ifndef EDL_RANKS_MISSING
struct edl_group_s {
    edl::StorePtr store;
    edl::CollectivesPtr collectives;
    int32_t world;
};

namespace {

// On one machine the loopback; else the interface that GLOO_SOCKET_IFNAME names, as in PyTorch; else what the host's name resolves to.
std::shared_ptr<gloo::transport::Device> device_for(const std::string& address) {
    using Gloo = c10d::ProcessGroupGloo;
    if (const char* named = std::getenv("GLOO_SOCKET_IFNAME"); named && *named) return Gloo::createDeviceForInterface(named);
    if (address == "localhost" || address.rfind("127.", 0) == 0) return Gloo::createDeviceForHostname("127.0.0.1");
    return Gloo::createDefaultDevice();
}

edl::CollectivesPtr connect(const edl::StorePtr& store, int32_t rank, int32_t world, const std::string& backend,
                            const std::string& address, std::chrono::milliseconds timeout) {
    if (backend == "gloo") {
        auto options = c10d::ProcessGroupGloo::Options::create(timeout);
        options->devices.push_back(device_for(address));
        return c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, world, options);
    }
#ifdef USE_C10D_NCCL
    if (backend == "nccl") {
        auto options = c10d::ProcessGroupNCCL::Options::create();
        options->timeout = timeout;
        return c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, world, options);
    }
#endif
    TORCH_CHECK(false, "this build has no backend '", backend, "'");
}

// c10d's own writes are not counted; autograd's saved tensors and what is noted of gradients (ops/squares.h) go by the count.
void count_write(const at::Tensor& tensor) {
    if (!tensor.is_inference()) tensor.unsafeGetTensorImpl()->bump_version();
}

// One all-reduce of several tensors laid end to end; a single dense one is reduced where it lies.
struct Bucket {
    std::vector<at::Tensor> tensors;
    std::vector<at::Tensor> flat;
    c10::intrusive_ptr<c10d::Work> work;
    bool in_place = false;

    void start(edl::Collectives& collectives) {
        in_place = tensors.size() == 1 && tensors[0].is_contiguous();
        if (in_place) {
            count_write(tensors[0]);
            flat = {tensors[0].detach().view({-1})};
        } else {
            std::vector<at::Tensor> parts;
            parts.reserve(tensors.size());
            for (const auto& tensor : tensors) parts.push_back(tensor.detach().reshape({-1}));
            flat = {at::cat(parts)};
        }
        work = collectives.allreduce(flat);
    }

    void finish() {
        work->wait();
        if (in_place) return;
        int64_t at = 0;
        for (const auto& tensor : tensors) {
            tensor.detach().copy_(flat[0].narrow(0, at, tensor.numel()).view(tensor.sizes()));
            at += tensor.numel();
        }
    }
};

}  // namespace
#endif

extern "C" int edl_group_connect(edl_store store, int32_t rank, int32_t world, const char* backend, const char* address,
                                 int32_t timeout_ms, edl_group* out) {
    *out = nullptr;
    EDL_WITH_C10D(
        auto collectives = connect(store->store, rank, world, backend, address, std::chrono::milliseconds(timeout_ms));
        *out = new edl_group_s{store->store, std::move(collectives), world};
    );
}

extern "C" void edl_group_free(edl_group group) {
#ifndef EDL_RANKS_MISSING
    edl::guarded([&] { delete group; });
#endif
}

extern "C" int edl_group_all_reduce(edl_group group, const edl_tensor* tensors, int32_t count, int64_t bucket_bytes) {
    EDL_WITH_C10D(
        const c10::AutoGradMode off(false);
        std::deque<Bucket> buckets;
        int64_t filled = 0;
        for (int32_t i = 0; i < count; ++i) {
            auto tensor = edl::borrow(tensors[i]);
            if (tensor.numel() == 0) continue;
            const bool fits = !buckets.empty() && filled + static_cast<int64_t>(tensor.nbytes()) <= bucket_bytes &&
                              buckets.back().tensors[0].scalar_type() == tensor.scalar_type() &&
                              buckets.back().tensors[0].device() == tensor.device();
            if (!fits) {
                // The full bucket travels while the next one is laid out.
                if (!buckets.empty()) buckets.back().start(*group->collectives);
                buckets.emplace_back();
                filled = 0;
            }
            filled += static_cast<int64_t>(tensor.nbytes());
            buckets.back().tensors.push_back(std::move(tensor));
        }
        if (!buckets.empty()) buckets.back().start(*group->collectives);
        for (auto& bucket : buckets) bucket.finish();
    );
}

extern "C" int edl_group_broadcast(edl_group group, edl_tensor tensor, int32_t root) {
    EDL_WITH_C10D(
        const c10::AutoGradMode off(false);
        std::vector<at::Tensor> tensors{edl::borrow(tensor).detach()};
        count_write(tensors[0]);
        c10d::BroadcastOptions options;
        options.rootRank = root;
        group->collectives->broadcast(tensors, options)->wait();
    );
}

extern "C" int edl_group_all_gather(edl_group group, edl_tensor input, edl_tensor* outputs) {
    EDL_WITH_C10D(
        const c10::AutoGradMode off(false);
        std::vector<at::Tensor> inputs{edl::borrow(input).detach().contiguous()};
        std::vector<std::vector<at::Tensor>> gathered(1);
        for (int32_t i = 0; i < group->world; ++i) gathered[0].push_back(at::empty_like(inputs[0]));
        group->collectives->allgather(gathered, inputs)->wait();
        for (int32_t i = 0; i < group->world; ++i) outputs[i] = edl::hand_out(std::move(gathered[0][i]));
    );
}

extern "C" int edl_group_barrier(edl_group group) {
    EDL_WITH_C10D(group->collectives->barrier()->wait(););
}
