// libtorch's memory on the host. Small blocks are kept by size (small_blocks.h). Blocks of 128 KiB and more are cut from regions that ask for
// huge pages: a training step walks over hundreds of megabytes; with pages of 4 KiB looking up where they lie costs 3 to 7 % of AdamW's time in
// a virtual machine.
//
// The smallest free block that is large enough is taken, and neighbours are joined when they are freed. Regions go back to the system when
// nothing is left in any of them. Where there are no huge pages the memory is the ordinary one.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "small_blocks.h"

namespace {

constexpr size_t HugePage = size_t(2) << 20, RegionBytes = size_t(64) << 20, SmallestBlock = edl::SmallBlocks::Largest;

// Behind every block, so that tensors of like size do not all begin at the same place of a cache.
constexpr size_t Stagger = 17 * 64;

constexpr size_t rounded(size_t bytes, size_t multiple) { return (bytes + multiple - 1) / multiple * multiple; }

class Regions {
public:
    // Null where the system has no more.
    void* take(size_t bytes) {
        const size_t need = rounded(bytes, 64) + Stagger;
        const std::lock_guard<std::mutex> guard(mutex_);
        auto found = free_.lower_bound({need, nullptr});
        if (found == free_.end()) {
            if (!add_region(need)) return nullptr;
            found = free_.lower_bound({need, nullptr});
        }
        const auto [size, at] = *found;
        free_.erase(found);
        const auto block = blocks_.find(at);
        const bool cut = size - need >= SmallestBlock;
        block->second = {cut ? need : size, false};
        if (cut) add_free(blocks_.emplace_hint(std::next(block), at + need, Block{size - need, true}));
        ++used_;
        return at;
    }

    // False where the block is none of these.
    bool give_back(void* memory) {
        const std::lock_guard<std::mutex> guard(mutex_);
        auto block = blocks_.find(static_cast<char*>(memory));
        if (block == blocks_.end()) return false;
        block->second.free = true;
        if (const auto next = std::next(block); next != blocks_.end() && next->second.free && joined(block, next)) swallow(block, next, true);
        if (block != blocks_.begin()) {
            if (const auto before = std::prev(block); before->second.free && joined(before, block)) {
                free_.erase({before->second.bytes, before->first});
                swallow(before, block, false);
                block = before;
            }
        }
        add_free(block);
        if (--used_ == 0) clear();
        return true;
    }

private:
    struct Block {
        size_t bytes;
        bool free;
    };
    using Blocks = std::map<char*, Block>;

    bool add_region(size_t need) {
        const size_t bytes = rounded(std::max(need, RegionBytes), HugePage);
        void* mapped = mmap(nullptr, bytes + HugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED) return false;
        char* from = static_cast<char*>(mapped);
        char* at = reinterpret_cast<char*>(rounded(reinterpret_cast<size_t>(from), HugePage));
        if (at != from) munmap(from, at - from);
        if (const size_t behind = from + HugePage - at; behind > 0) munmap(at + bytes, behind);
        madvise(at, bytes, MADV_HUGEPAGE);  // refused where there are none
        regions_.emplace(at, bytes);
        add_free(blocks_.emplace(at, Block{bytes, true}).first);
        return true;
    }

    // Regions may lie side by side, and are unmapped one by one all the same.
    bool joined(Blocks::iterator first, Blocks::iterator second) const {
        return first->first + first->second.bytes == second->first && regions_.count(second->first) == 0;
    }

    void swallow(Blocks::iterator first, Blocks::iterator second, bool listed) {
        if (listed) free_.erase({second->second.bytes, second->first});
        first->second.bytes += second->second.bytes;
        blocks_.erase(second);
    }

    void add_free(Blocks::iterator block) { free_.insert({block->second.bytes, block->first}); }

    void clear() {
        for (const auto& [at, bytes] : regions_) munmap(at, bytes);
        regions_.clear();
        blocks_.clear();
        free_.clear();
    }

    std::mutex mutex_;
    std::map<char*, size_t> regions_;
    Blocks blocks_;
    std::set<std::pair<size_t, char*>> free_;
    size_t used_ = 0;
};

// Never destroyed: tensors may outlive this library's other statics.
Regions& regions() {
    static auto* all = new Regions;
    return *all;
}

edl::SmallBlocks& small_blocks() {
    static auto* all = new edl::SmallBlocks;
    return *all;
}

c10::Allocator& ordinary() { return *c10::GetDefaultCPUAllocator(); }

void give_back(void* memory) {
    if (memory && !small_blocks().give_back(memory) && !regions().give_back(memory)) ordinary().raw_deleter()(memory);
}

// No word says that it overrides: libtorch's releases differ in what is const and in what there is.
struct HugePages final : c10::Allocator {
    c10::DataPtr allocate(size_t bytes) const {
        if (bytes == 0) return ordinary().allocate(bytes);
        void* memory = bytes < SmallestBlock ? small_blocks().take(bytes) : regions().take(bytes);
        return memory ? c10::DataPtr{memory, memory, &::give_back, c10::Device(c10::DeviceType::CPU)} : ordinary().allocate(bytes);
    }
    c10::DataPtr allocate(size_t bytes) { return static_cast<const HugePages*>(this)->allocate(bytes); }
    c10::DeleterFnPtr raw_deleter() const { return &::give_back; }
    void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }
};

[[maybe_unused]] const bool s_installed = [] {
    c10::SetAllocator(c10::DeviceType::CPU, new HugePages, 1);
    return true;
}();

}  // namespace
