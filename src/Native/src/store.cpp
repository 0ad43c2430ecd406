// The store in which ranks find each other: c10d's TCPStore, keys and texts.
#include "c10d.h"

#include <c10/util/Logging.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "boundary.h"

#ifndef EDL_RANKS_MISSING
namespace {

std::vector<uint8_t> bytes_of(const char* text) { return {text, text + std::strlen(text)}; }

// Newer releases keep the store by libuv unless told otherwise, and refuse where they were built without it (Debian's are). The plain one
// is in every build, and to those who connect both are the same.
template <typename Options>
auto keep_plainly(Options& options, int) -> decltype(void(options.useLibUV)) { options.useLibUV = false; }
template <typename Options>
void keep_plainly(Options&, long) {}

// Newer releases tell of every try to connect that failed on standard error, with a stack; the exception has the words that matter.
// Whoever wants to see them asks as in PyTorch.
void keep_quiet() {
    constexpr int fatal = 3;
    if (!std::getenv("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = fatal;
}

}  // namespace
#endif

extern "C" const char* edl_ranks_missing(void) {
#ifdef EDL_RANKS_MISSING
    return EDL_RANKS_MISSING;
#else
    return "";
#endif
}

extern "C" int edl_store_connect(const char* host, int32_t port, int32_t serve, const char* prefix, int32_t timeout_ms, edl_store* out) {
    *out = nullptr;
    EDL_WITH_C10D(
        keep_quiet();
        c10d::TCPStoreOptions options;
        options.port = static_cast<uint16_t>(port);
        options.isServer = serve != 0;
        options.waitWorkers = false;
        options.timeout = std::chrono::milliseconds(timeout_ms);
        keep_plainly(options, 0);
        edl::StorePtr tcp = c10::make_intrusive<c10d::TCPStore>(host, options);
        tcp->setTimeout(options.timeout);
        *out = new edl_store_s{c10::make_intrusive<c10d::PrefixStore>(prefix, tcp)};
    );
}

extern "C" void edl_store_free(edl_store store) {
#ifndef EDL_RANKS_MISSING
    edl::guarded([&] { delete store; });
#endif
}

extern "C" int edl_store_set(edl_store store, const char* key, const char* text) {
    EDL_WITH_C10D(store->store->set(key, bytes_of(text)););
}

extern "C" int edl_store_get(edl_store store, const char* key, char* text, int32_t capacity, int32_t* length) {
    *length = 0;
    EDL_WITH_C10D(
        const auto value = store->store->get(key);
        *length = static_cast<int32_t>(value.size());
        std::memcpy(text, value.data(), std::min<size_t>(value.size(), static_cast<size_t>(capacity)));
    );
}

extern "C" int edl_store_has(edl_store store, const char* key, int32_t* present) {
    *present = 0;
    EDL_WITH_C10D(*present = store->store->check({key}););
}

extern "C" int edl_store_add(edl_store store, const char* key, int64_t amount, int64_t* sum) {
    *sum = 0;
    EDL_WITH_C10D(*sum = store->store->add(key, amount););
}
