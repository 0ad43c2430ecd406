// The Jensen-Shannon divergence of two distributions, JSD(p, q) = ½ Σ p (log p − log m) + ½ Σ q (log q − log m) with m = ½ (p + q), whose derivative by p
// is ½ (log p − log m). Logarithms are those of max(p, ε), which the gradient knows.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace edl {

constexpr double SmallestProbability = 1e-12;

template <typename T>
T log_of(T p) {
    return std::log(std::max(p, static_cast<T>(SmallestProbability)));
}

// What a derivative has besides where only one of the two logarithms stands at its edge.
template <typename T>
T edges_of(T p, T middle) {
    return T(p >= SmallestProbability) - T(middle >= SmallestProbability);
}

// Of the pair first < second among `count`.
constexpr int64_t pair_number(int64_t first, int64_t second, int64_t count) { return first * (2 * count - first - 1) / 2 + second - first - 1; }

}  // namespace edl
