// libtorch's c10d, whose classes differ between releases: in 1.13 gloo and nccl are a ProcessGroup each, from 2.0 on a Backend.
// What is used of them is spelled alike in both. Nothing here when the build has no c10d (EDL_RANKS_MISSING says why).
#pragma once
#ifndef EDL_RANKS_MISSING
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <torch/version.h>
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace edl {

#if TORCH_VERSION_MAJOR >= 2
using Collectives = c10d::Backend;
#else
using Collectives = c10d::ProcessGroup;
#endif
using CollectivesPtr = c10::intrusive_ptr<Collectives>;
using StorePtr = c10::intrusive_ptr<c10d::Store>;

}  // namespace edl

struct edl_store_s {
    edl::StorePtr store;
};
#endif

// What a body that needs c10d is wrapped in: without it the call fails with the reason.
#ifdef EDL_RANKS_MISSING
#define EDL_WITH_C10D(...) return edl::fail(EDL_ERROR, EDL_RANKS_MISSING)
#else
#define EDL_WITH_C10D(...) return edl::guarded([&] { __VA_ARGS__ })
#endif
