// The last error of each thread.
#include <string>

#include "boundary.h"

namespace {
thread_local std::string last_error;
}

namespace edl {

int fail(int status, const char* words) noexcept {
    try {
        last_error = words;
        // libtorch's CPU allocator reports exhaustion as an ordinary error; callers can act on the difference.
        if (last_error.find("can't allocate memory") != std::string::npos || last_error.find("out of memory") != std::string::npos)
            return EDL_OUT_OF_MEMORY;
    } catch (...) {
    }
    return status;
}

}  // namespace edl

extern "C" const char* edl_last_error(void) { return last_error.c_str(); }
