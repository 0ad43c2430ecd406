// What the passes over an expert's rows share.
#pragma once
#include "experts_args.h"
#include "pack.h"

namespace edl {
namespace EDL_ISA {

// A block of an expert's rows, and where its tokens are.
struct ExpertRows {
    const ExpertRouting& routing;
    const int64_t* pairs;
    int64_t expert, first_row, count;

    ExpertRows(const ExpertRouting& r, const ExpertBlock& block)
        : routing(r), pairs(r.pair_of_row + r.segments[block.expert].first_row + block.from), expert(block.expert),
          first_row(r.segments[block.expert].first_row + block.from), count(block.to - block.from) {}

    int64_t token(int64_t i) const { return pairs[i] / routing.choices; }
    float weight(int64_t i) const { return routing.weights[pairs[i]]; }
};

// How early the rows of an expert's tokens, which lie anywhere, are fetched.
constexpr int64_t TokensAhead = 4;

// The rows of a block's tokens, one below the other.
template <class T>
inline void gather(const ExpertRows& rows, const float* tokens, T* to) {
    const int64_t dim = rows.routing.dim;
    for (int64_t i = 0; i < rows.count; ++i) {
        const float* from = tokens + rows.token(i) * dim;
        if (i + TokensAhead < rows.count) fetch_row(tokens + rows.token(i + TokensAhead) * dim, dim);
        for (int64_t d = 0; d < dim; d += Lanes) store(to + i * dim + d, load(from + d));
    }
}

// What is left of a number that is kept in T.
template <class T, class S>
inline __attribute__((always_inline)) vf load_rounded(const S* p) {
    if constexpr (sizeof(T) < sizeof(S))
        return widen(narrow(load(p)));
    else
        return load(p);
}

// to[t] = from[t] + the sum of a token's K rows, rounded to T, in their order; weights and from may be null. Then each(t), whose rows are near.
// Shared by the threads of a team.
template <class T, class S, class Each>
inline void combine(const ExpertRouting& r, const float* from, const S* rows, const float* weights, float* to, const Each& each) {
#pragma omp for schedule(static)
    for (int64_t t = 0; t < r.tokens; ++t) {
        for (int64_t d = 0; d < r.dim; d += Lanes) {
            vf sum = from ? load(from + t * r.dim + d) : vf{};
            for (int64_t pair = t * r.choices; pair < (t + 1) * r.choices; ++pair) {
                const vf x = load_rounded<T>(rows + pair * r.dim + d);
                sum = sum + (weights ? x * splat(weights[pair]) : x);
            }
            store(to + t * r.dim + d, sum);
        }
        each(t);
    }
}

}  // namespace EDL_ISA
}  // namespace edl
