// What a token's part of a loss on the angles between its K rows is, and its gradient, from the rows' inner products alone: g[j K + k] = <x_j, x_k>,
// symmetric. term(g, K, ε, dg) returns the part and sets all of dg, of whose two places for a pair of rows only one is used. In double.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

namespace edl {

// Of a row of zeros, which has no direction.
constexpr double SmallestSquare = 1e-30;

// Σ_j Σ_(k≠j) g_jk² q_k = Σ_(j<k) g_jk² (q_j + q_k),  q_k = g_kk / (g_kk + ε)²:  each row's projections on each other row.
inline double pair_projections(const double* g, int rows, double epsilon, double* dg) {
    std::fill(dg, dg + rows * rows, 0.0);
    const auto size = [=](int k) { return g[k * rows + k]; };
    const auto q = [=](double s) { return s / ((s + epsilon) * (s + epsilon)); };
    const auto dq = [=](double s) { return (epsilon - s) / ((s + epsilon) * (s + epsilon) * (s + epsilon)); };
    double total = 0;
    for (int j = 0; j < rows; ++j)
        for (int k = j + 1; k < rows; ++k) {
            const double product = g[j * rows + k], square = product * product, both = q(size(j)) + q(size(k));
            total += square * both;
            dg[j * rows + k] = 2 * product * both;
            dg[j * rows + j] += square * dq(size(j));
            dg[k * rows + k] += square * dq(size(k));
        }
    return total;
}

// The next function for two rows: ½ g_01² (1 / g_00 + 1 / g_11), but for rows of zeros.
inline double pair_span_projections(const double* g, double* dg) {
    const double product = g[1], first = std::max(g[0], SmallestSquare), second = std::max(g[3], SmallestSquare), half = 0.5 * product * product;
    dg[0] = g[0] < SmallestSquare ? 0 : -half / (first * first);
    dg[1] = product * (1 / first + 1 / second);
    dg[2] = 0;
    dg[3] = g[3] < SmallestSquare ? 0 : -half / (second * second);
    return half / first + half / second;
}

// Σ_j ‖projection of row j on the span of the others‖², divided by K. A Cholesky factor of the other rows' products, row j last, is Gram–Schmidt, and the
// factor's last row holds row j's coordinates.
inline double span_projections(const double* g, int rows, double epsilon, double* dg) {
    if (rows == 2) return pair_span_projections(g, dg);
    struct Column {
        double per_length, smallest_share;  // what a column was multiplied with; the derivative of the squared length by the row's own square
        bool left;                          // whether that length is what earlier columns left
    };
    thread_local std::vector<double> factor, dfactor;
    thread_local std::vector<Column> columns;
    factor.assign(rows * rows, 0.0);
    columns.resize(rows);
    std::fill(dg, dg + rows * rows, 0.0);
    double total = 0;
    for (int last = 0; last < rows; ++last) {
        const auto row = [=](int place) { return place == rows - 1 ? last : place < last ? place : place + 1; };
        const auto at = [=](int x, int y) { return row(x) * rows + row(y); };
        for (int m = 0; m < rows - 1; ++m) {
            const double square = g[at(m, m)];
            double left = square;
            for (int l = 0; l < m; ++l) left -= factor[m * rows + l] * factor[m * rows + l];
            // A row that lies in the span of those before it adds nothing; rounding must not make it a direction.
            const double length = std::max(left, square * epsilon);
            columns[m] = {1 / std::sqrt(std::max(length, SmallestSquare)), length < SmallestSquare ? 0.0 : left >= square * epsilon ? 1.0 : epsilon,
                          length >= SmallestSquare && left >= square * epsilon};
            for (int x = m + 1; x < rows; ++x) {
                double inner = g[at(x, m)];
                for (int l = 0; l < m; ++l) inner -= factor[x * rows + l] * factor[m * rows + l];
                factor[x * rows + m] = inner * columns[m].per_length;
            }
            total += factor[(rows - 1) * rows + m] * factor[(rows - 1) * rows + m];
        }

        // The same backwards.
        dfactor.assign(rows * rows, 0.0);
        for (int m = 0; m < rows - 1; ++m) dfactor[(rows - 1) * rows + m] = 2 * factor[(rows - 1) * rows + m];
        for (int m = rows - 2; m >= 0; --m) {
            const double per_length = columns[m].per_length;
            double dper_length = 0;
            for (int x = m + 1; x < rows; ++x) {
                const double given = dfactor[x * rows + m], dinner = given * per_length;
                dper_length += given * factor[x * rows + m] / per_length;
                dg[at(x, m)] += dinner;
                for (int l = 0; l < m; ++l) {
                    dfactor[x * rows + l] -= dinner * factor[m * rows + l];
                    dfactor[m * rows + l] -= dinner * factor[x * rows + l];
                }
            }
            const double dlength = -0.5 * per_length * per_length * per_length * dper_length;
            dg[at(m, m)] += dlength * columns[m].smallest_share;
            if (columns[m].left)
                for (int l = 0; l < m; ++l) dfactor[m * rows + l] -= 2 * dlength * factor[m * rows + l];
        }
    }
    for (int i = 0; i < rows * rows; ++i) dg[i] /= rows;
    return total / rows;
}

// The mean over unordered pairs of term(c), c = g_jk / √((g_jj + ε) (g_kk + ε)); term gives its value and its derivative.
template <typename Term>
double cosines(const double* g, int rows, double epsilon, double* dg, const Term& term) {
    std::fill(dg, dg + rows * rows, 0.0);
    const double pairs = rows * (rows - 1) / 2.0;
    double total = 0;
    for (int j = 0; j < rows; ++j)
        for (int k = j + 1; k < rows; ++k) {
            const double first = g[j * rows + j] + epsilon, second = g[k * rows + k] + epsilon, per_length = 1 / std::sqrt(first * second);
            const double cosine = g[j * rows + k] * per_length;
            const auto [value, derivative] = term(cosine);
            total += value / pairs;
            dg[j * rows + k] = derivative * per_length / pairs;
            dg[j * rows + j] -= 0.5 * derivative * cosine / first / pairs;
            dg[k * rows + k] -= 0.5 * derivative * cosine / second / pairs;
        }
    return total;
}

}  // namespace edl
