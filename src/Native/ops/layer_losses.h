// What losses on routing share: one value a layer, as a mean over the tokens of sequences that are no padding, and gradients that are taken
// with the values and only scaled on the way back. N layers, B sequences of L tokens, T = B L.
#pragma once
#include <ATen/ATen.h>
#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

#include <utility>
#include <vector>

#include "lengths.h"
#include "optional.h"

namespace edl {

using Tensors = std::vector<at::Tensor>;

// Which of T tokens count.
class CountedTokens {
public:
    // lengths: tokens of each sequence that are no padding, Int64 on the host; none: all of them.
    CountedTokens(int64_t tokens, int64_t sequences, const optional<at::Tensor>& lengths, const char* op) {
        TORCH_CHECK(sequences >= 1 && tokens % sequences == 0, op, ": ", tokens, " tokens are not ", sequences, " sequences of one length");
        length_ = tokens / sequences;
        own_ = sequence_lengths(lengths, sequences, length_, 0, op);
        for (const int64_t own : own_) total_ += own;
    }

    CountedTokens(int64_t tokens, std::vector<int64_t> lengths) : length_(tokens / static_cast<int64_t>(lengths.size())), own_(std::move(lengths)) {
        for (const int64_t own : own_) total_ += own;
    }

    const std::vector<int64_t>& lengths() const { return own_; }
    int64_t sequences() const { return static_cast<int64_t>(own_.size()); }
    int64_t total() const { return total_; }

    // of(t) for the tokens of a sequence.
    template <typename Of>
    void each(int64_t sequence, const Of& of) const {
        for (int64_t t = sequence * length_; t < sequence * length_ + own_[sequence]; ++t) of(t);
    }

    // of(t) for its padding.
    template <typename Of>
    void each_padding(int64_t sequence, const Of& of) const {
        for (int64_t t = sequence * length_ + own_[sequence]; t < (sequence + 1) * length_; ++t) of(t);
    }

private:
    int64_t length_, total_ = 0;
    std::vector<int64_t> own_;
};

// All layers' tensors alike: [T, …] on the host, of one floating type.
inline void check_layers(const Tensors& layers, int64_t dimensions, const char* op, const char* what) {
    TORCH_CHECK(!layers.empty(), op, ": at least one layer is needed");
    for (const auto& layer : layers)
        TORCH_CHECK(layer.is_cpu() && layer.is_contiguous() && layer.dim() == dimensions && layer.sizes() == layers[0].sizes() && layer.is_floating_point() &&
                        layer.scalar_type() == layers[0].scalar_type(), op, ": ", what, " are contiguous on the host, all layers' alike; ", layer.sizes(), " came");
}

inline void check_indices(const Tensors& indices, const at::Tensor& first, const char* op, size_t layers) {
    TORCH_CHECK(indices.size() == layers, op, ": one tensor of chosen experts a layer");
    for (const auto& chosen : indices)
        TORCH_CHECK(chosen.is_cpu() && chosen.is_contiguous() && chosen.dim() == 2 && chosen.sizes() == indices[0].sizes() && chosen.scalar_type() == at::kLong &&
                        chosen.size(0) == first.size(0), op, ": chosen experts are contiguous Int64 [tokens, K] on the host, all layers' alike");
}

template <typename T>
std::vector<T*> pointers(const Tensors& tensors) {
    std::vector<T*> all;
    for (const auto& tensor : tensors) all.push_back(tensor.data_ptr<T>());
    return all;
}

inline Tensors empty_like(const Tensors& tensors) {
    Tensors all;
    for (const auto& tensor : tensors) all.push_back(at::empty_like(tensor));
    return all;
}

// task(layer, sequence) for each, shared among threads; `elements`: what one reads.
template <typename Task>
void for_sequences(int64_t layers, int64_t sequences, int64_t elements, const Task& task) {
    constexpr int64_t ElementsPerTask = 1 << 12;
    at::parallel_for(0, layers * sequences, std::max<int64_t>(1, ElementsPerTask / std::max<int64_t>(1, elements)), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) task(i / sequences, i % sequences);
    });
}

// The sums of consecutive `count` numbers, in their order.
inline double sum_of(const double* from, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += from[i];
    return sum;
}

// Each layer's gradients times what came for its value.
inline Tensors scaled(const Tensors& gradients, const at::Tensor& by_layer) {
    const auto factor = by_layer.to(at::kDouble).contiguous();
    auto all = empty_like(gradients);
    AT_DISPATCH_FLOATING_TYPES(gradients[0].scalar_type(), "scaled", [&] {
        for (size_t layer = 0; layer < gradients.size(); ++layer) {
            const auto by = static_cast<scalar_t>(factor.data_ptr<double>()[layer]);
            const auto* from = gradients[layer].data_ptr<scalar_t>();
            auto* to = all[layer].data_ptr<scalar_t>();
            for (int64_t i = 0; i < gradients[layer].numel(); ++i) to[i] = from[i] * by;
        }
    });
    return all;
}

}  // namespace edl
