// Compiled once for each instruction set, with EDL_ISA as its name and the compiler's flags for it (CMakeLists.txt).
#include "adamw.h"
#include "attention_block.h"
#include "attention_block_backward.h"
#include "experts_backward.h"
#include "experts_forward.h"
#include "head_loss.h"
#include "norm_router.h"
#include "norm_router_backward.h"
#include "route.h"
#include "table.h"
#include "weights.h"

#define EDL_NAME_OF(x) #x
#define EDL_NAME(x) EDL_NAME_OF(x)

namespace edl {
namespace EDL_ISA {

extern const Kernels table;
const Kernels table = {
    EDL_NAME(EDL_ISA),
    Lanes,
    adamw,
    {pack<float>, pack<bf16>},
    {head_loss<float>, head_loss<bf16>},
    {head_gradient<float>, head_gradient<bf16>},
    {attention_block<float>, attention_block<bf16>},
    {attention_block_backward<float>, attention_block_backward<bf16>},
    norm_router,
    norm_router_backward,
    route,
    route_backward,
    {experts_forward<float>, experts_forward<bf16>},
    {experts_backward<float>, experts_backward<bf16>},
};

}  // namespace EDL_ISA
}  // namespace edl
