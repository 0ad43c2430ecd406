#pragma once
#include "adamw_args.h"

namespace edl {
namespace EDL_ISA {

// Rows [from, to) of a task of an update, on the calling thread; `from` a multiple of the lanes from the task's first.
void adamw_rows(const AdamWArgs& a, int64_t task, int64_t from, int64_t to);

}  // namespace EDL_ISA
}  // namespace edl
