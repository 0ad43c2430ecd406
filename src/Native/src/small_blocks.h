// Memory of small tensors, kept by size for the next of its size: a training step makes and frees the same thousand, and the C library's heap,
// asked for memory that begins at a cache line, cuts and joins its blocks each time.
//
// All lie in one stretch of addresses, cut into slabs of one size of block each, so that a block's address tells its size. Slabs are taken from
// the stretch one after the other and never given back.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

namespace edl {

class SmallBlocks {
public:
    // Larger blocks are none of these.
    static constexpr size_t Largest = size_t(128) << 10;

    // Null where there is no room.
    void* take(size_t bytes) {
        const int kind = kind_of(bytes);
        const std::lock_guard<std::mutex> guard(mutex_);
        auto& sizes = kinds_[kind];
        if (Free* block = sizes.free) {
            sizes.free = block->next;
            return block;
        }
        const size_t size = size_of(kind);
        if (sizes.left < size) {
            if (slabs_ == Slabs || !reserved()) return nullptr;
            sizes.next = from_ + slabs_ * Slab;
            sizes.left = Slab;
            kind_of_slab_[slabs_++] = static_cast<uint8_t>(kind);
        }
        sizes.left -= size;
        char* block = sizes.next;
        sizes.next += size;
        return block;
    }

    // False where the block is none of these.
    bool give_back(void* memory) {
        const std::lock_guard<std::mutex> guard(mutex_);
        const size_t at = static_cast<char*>(memory) - from_;
        if (!from_ || at >= Slab * Slabs) return false;
        auto& sizes = kinds_[kind_of_slab_[at / Slab]];
        sizes.free = new (memory) Free{sizes.free};
        return true;
    }

private:
    static constexpr size_t Line = 64, Slab = size_t(256) << 10, Slabs = size_t(1) << 15, HugePage = size_t(2) << 20;

    struct Free {
        Free* next;
    };
    struct Kind {
        Free* free = nullptr;
        char* next = nullptr;
        size_t left = 0;
    };

    // Up to 4 lines one kind for each number of lines, above four kinds for each doubling.
    static int kind_of(size_t bytes) {
        const size_t lines = bytes <= Line ? 1 : (bytes + Line - 1) / Line;
        if (lines <= 4) return static_cast<int>(lines) - 1;
        int doublings = 0;
        while ((lines - 1) >> (doublings + 3)) ++doublings;  // 4·2ᵈ < lines ≤ 8·2ᵈ
        return 4 + 4 * doublings + static_cast<int>((lines - 1) >> doublings) - 4;
    }

    static size_t size_of(int kind) {
        if (kind < 4) return Line * (kind + 1);
        const int doublings = (kind - 4) / 4, quarter = (kind - 4) % 4;
        return (Line * (5 + quarter)) << doublings;
    }

    bool reserved() {
        if (from_) return true;
        if (refused_) return false;
        void* mapped = mmap(nullptr, Slab * Slabs + HugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if ((refused_ = mapped == MAP_FAILED)) return false;
        from_ = reinterpret_cast<char*>((reinterpret_cast<size_t>(mapped) + HugePage - 1) / HugePage * HugePage);
        madvise(from_, Slab * Slabs, MADV_HUGEPAGE);
        return true;
    }

    std::mutex mutex_;
    char* from_ = nullptr;
    bool refused_ = false;
    size_t slabs_ = 0;
    Kind kinds_[64];
    uint8_t kind_of_slab_[Slabs];
};

}  // namespace edl
