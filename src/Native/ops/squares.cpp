#include "squares.h"

#include <c10/core/StorageImpl.h>

#include <mutex>
#include <unordered_map>

namespace edl {
namespace {

// Autograd hands a gradient on as another tensor over the same memory, with the same counter of writes.
struct Squares {
    c10::weak_intrusive_ptr<c10::StorageImpl> storage;
    const void* data;
    int64_t count;
    c10::VariableVersion writes;  // shares the counter: it is looked at also where a tensor comes with a counter of its own
    uint32_t version;
    double sum;
};

struct Kept {
    std::mutex mutex;
    // By memory. An entry's weak reference keeps the address from being given to another.
    std::unordered_map<const c10::StorageImpl*, Squares> entries;
};

// Never destroyed: tensors may outlive this library's other statics.
Kept& kept() {
    static auto* all = new Kept;
    return *all;
}

bool counts_writes(const at::Tensor& tensor) { return tensor.defined() && tensor.has_storage() && !tensor.is_inference(); }

const c10::VariableVersion& writes_of(const at::Tensor& tensor) { return tensor.unsafeGetTensorImpl()->version_counter(); }

}  // namespace

void keep_squares(const at::Tensor& gradient, double sum) {
    if (!counts_writes(gradient)) return;
    const auto& storage = gradient.storage();
    const auto& writes = writes_of(gradient);
    const std::lock_guard<std::mutex> guard(kept().mutex);
    auto& entries = kept().entries;
    // No more stay than there are gradients alive.
    for (auto entry = entries.begin(); entry != entries.end();) entry = entry->second.storage.expired() ? entries.erase(entry) : std::next(entry);
    const auto* key = storage.unsafeGetStorageImpl();
    entries.erase(key);
    entries.emplace(key, Squares{storage.getWeakStorageImpl(), gradient.data_ptr(), gradient.numel(), writes, writes.current_version(), sum});
}

optional<double> kept_squares(const at::Tensor& gradient) {
    if (!counts_writes(gradient)) return {};
    const std::lock_guard<std::mutex> guard(kept().mutex);
    const auto found = kept().entries.find(gradient.storage().unsafeGetStorageImpl());
    if (found == kept().entries.end()) return {};
    const auto& entry = found->second;
    const bool same = entry.data == gradient.data_ptr() && entry.count == gradient.numel() && entry.version == entry.writes.current_version() &&
                      entry.version == writes_of(gradient).current_version();
    return same ? optional<double>(entry.sum) : optional<double>();
}

void forget_squares(const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.has_storage()) return;
    const std::lock_guard<std::mutex> guard(kept().mutex);
    kept().entries.erase(tensor.storage().unsafeGetStorageImpl());
}

}  // namespace edl
