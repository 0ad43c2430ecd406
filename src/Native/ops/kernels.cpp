// Which kernels: the best that the processor can run, chosen when the library is first asked.
#include <c10/util/Exception.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "../kernels/table.h"

namespace edl {
#if defined(__x86_64__)
namespace avx512_bf16 { extern const Kernels table; }
namespace avx512 { extern const Kernels table; }
namespace avx2 { extern const Kernels table; }
#endif
namespace generic { extern const Kernels table; }

namespace {

const Kernels* choose() {
    const Kernels* usable[4];
    int count = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
    if (v4 && __builtin_cpu_supports("avx512bf16")) usable[count++] = &avx512_bf16::table;
    if (v4) usable[count++] = &avx512::table;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) usable[count++] = &avx2::table;
#endif
    usable[count++] = &generic::table;
    const char* wished = std::getenv("EDL_KERNELS");
    if (!wished || !*wished) return usable[0];
    std::string names;
    for (int i = 0; i < count; ++i) {
        if (std::strcmp(usable[i]->name, wished) == 0) return usable[i];
        names += std::string(i ? ", " : "") + usable[i]->name;
    }
    TORCH_CHECK(false, "EDL_KERNELS is '", wished, "'; this processor can run: ", names);
}

}  // namespace

const Kernels& kernels() {
    static const Kernels* chosen = choose();
    return *chosen;
}

}  // namespace edl
