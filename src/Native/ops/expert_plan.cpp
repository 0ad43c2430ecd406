#include "expert_plan.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "empty.h"

namespace edl {

static_assert(sizeof(ExpertSegment) == 4 * sizeof(int64_t) && sizeof(ExpertBlock) == 3 * sizeof(int64_t), "plans are saved as int64");

namespace {

// A segment in blocks of nearly equal size, each of an even number of rows but the last.
void add_blocks(std::vector<ExpertBlock>& blocks, int64_t expert, int64_t rows) {
    const int64_t count = (rows + ExpertBlockRows - 1) / ExpertBlockRows;
    if (count == 0) return;
    const int64_t size = ((rows + count - 1) / count + 5) / 6 * 6;  // full register tiles
    for (int64_t from = 0; from < rows; from += size) blocks.push_back({expert, from, std::min(from + size, rows)});
}

}  // namespace

ExpertPlan::ExpertPlan(const at::Tensor& indices, int64_t experts, const char* op)
    : tokens_(indices.size(0)), choices_(indices.size(1)), experts_(experts) {
    const int64_t pairs = tokens_ * choices_;
    const int64_t* expert = indices.data_ptr<int64_t>();
    std::vector<ExpertSegment> segments(experts, ExpertSegment{});
    for (int64_t pair = 0; pair < pairs; ++pair) {
        TORCH_CHECK_INDEX(expert[pair] >= 0 && expert[pair] < experts, op, ": token ", pair / choices_, " chose expert ", expert[pair],
                          "; experts are numbered 0 to ", experts - 1);
        ++segments[expert[pair]].rows;
    }
    std::vector<ExpertBlock> blocks;
    std::vector<int64_t> next(experts);
    for (int64_t e = 0; e < experts; ++e) {
        segments[e].first_row = next[e] = rows_;
        rows_ += (segments[e].rows + 1) / 2 * 2;
        segments[e].first_block = static_cast<int64_t>(blocks.size());
        add_blocks(blocks, e, segments[e].rows);
        segments[e].blocks = static_cast<int64_t>(blocks.size()) - segments[e].first_block;
    }
    blocks_ = static_cast<int64_t>(blocks.size());

    storage_ = edl::empty({5 * experts + rows_ + 3 * blocks_}, indices.options());
    auto* out = storage_.data_ptr<int64_t>();
    std::copy(segments.begin(), segments.end(), reinterpret_cast<ExpertSegment*>(out));
    int64_t* by_size = out + 4 * experts;
    std::iota(by_size, by_size + experts, 0);
    std::stable_sort(by_size, by_size + experts, [&](int64_t a, int64_t b) { return segments[a].rows > segments[b].rows; });
    int64_t* pair_of_row = by_size + experts;
    std::fill(pair_of_row, pair_of_row + rows_, -1);
    for (int64_t pair = 0; pair < pairs; ++pair) pair_of_row[next[expert[pair]]++] = pair;
    std::copy(blocks.begin(), blocks.end(), reinterpret_cast<ExpertBlock*>(pair_of_row + rows_));
}

ExpertPlan::ExpertPlan(const at::Tensor& saved, const at::Tensor& indices, int64_t experts)
    : storage_(saved), tokens_(indices.size(0)), choices_(indices.size(1)), experts_(experts) {
    const auto* segments = reinterpret_cast<const ExpertSegment*>(saved.data_ptr<int64_t>());
    rows_ = segments[experts - 1].first_row + (segments[experts - 1].rows + 1) / 2 * 2;
    blocks_ = (saved.numel() - 5 * experts - rows_) / 3;
}

bool ExpertPlan::experts_fill(int threads) const {
    const auto* segments = reinterpret_cast<const ExpertSegment*>(storage_.data_ptr<int64_t>());
    const int64_t* by_size = storage_.data_ptr<int64_t>() + 4 * experts_;
    std::vector<int64_t> rows(threads);
    for (int64_t i = 0; i < experts_; ++i) *std::min_element(rows.begin(), rows.end()) += segments[by_size[i]].rows;
    return *std::max_element(rows.begin(), rows.end()) * threads * 16 <= rows_ * 17;
}

void ExpertPlan::fill(ExpertRouting& routing) const {
    const int64_t* from = storage_.data_ptr<int64_t>();
    routing.tokens = tokens_;
    routing.choices = choices_;
    routing.experts = experts_;
    routing.segments = reinterpret_cast<const ExpertSegment*>(from);
    routing.by_size = from + 4 * experts_;
    routing.pair_of_row = from + 5 * experts_;
    routing.blocks = reinterpret_cast<const ExpertBlock*>(from + 5 * experts_ + rows_);
    routing.block_count = blocks_;
}

}  // namespace edl
