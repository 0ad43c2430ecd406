#pragma once
#include "adamw_args.h"

namespace edl {
namespace EDL_ISA {

// Task `task` of an update, on the calling thread.
void adamw_task(const AdamWArgs& a, int64_t task);

}  // namespace EDL_ISA
}  // namespace edl
