// How the tokens' work is shared: by blocks of rows, by sequences and key heads, or by whole sequences.
#pragma once
#include "causal.h"

namespace edl {
namespace EDL_ISA {

// The first sequences each go through all phases on one thread, so that their rows stay in its core's cache. Those that are left, fewer
// than the threads, go from phase to phase with all threads; so does everything where a sequence is no whole number of blocks.
inline int64_t whole_sequences(const AttentionArgs& a) { return a.length % BlockRows ? 0 : a.batch / a.threads * a.threads; }

struct RowBlock {
    int64_t from, to;

    RowBlock(const AttentionArgs& a, int64_t block) : from(block * BlockRows), to(least(from + BlockRows, a.batch * a.length)) {}
    static int64_t count(const AttentionArgs& a, int64_t sequences) { return (sequences * a.length + BlockRows - 1) / BlockRows; }
};

}  // namespace EDL_ISA
}  // namespace edl
