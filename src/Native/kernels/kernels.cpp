// The table of the instruction set that this folder is compiled for: EDL_ISA is its name, the compiler's flags are in CMakeLists.txt.
#include "table.h"
#include "vector.h"

#define EDL_NAME_OF(x) #x
#define EDL_NAME(x) EDL_NAME_OF(x)

namespace edl {
namespace EDL_ISA {

void adamw(const AdamWArgs&);
void router(const RouterArgs&);
void router_backward(const RouterBackwardArgs&);
template <class T> void pack(const PackArgs&);
template <class T> void head_loss(const HeadLossArgs&);
template <class T> void head_gradient(const HeadGradientArgs&);
template <class T> void attention_block(const AttentionArgs&);
template <class T> void attention_block_backward(const AttentionBackwardArgs&);
template <class T> void experts_forward(const ExpertsForwardArgs&);
template <class T> void experts_backward(const ExpertsBackwardArgs&);

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
    router,
    router_backward,
    {experts_forward<float>, experts_forward<bf16>},
    {experts_backward<float>, experts_backward<bf16>},
};

}  // namespace EDL_ISA
}  // namespace edl
