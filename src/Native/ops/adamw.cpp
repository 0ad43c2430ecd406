// edl::adamw_: one pass over memory for a whole list of parameters, where the composite of ATen operators takes about nine; and the
// packing of the new weights for the next step's products on the way (kernels/adamw.cpp).
#include <ATen/ATen.h>
#include <torch/library.h>

#include <cmath>
#include <vector>

#include "../kernels/adamw_args.h"
#include "optional.h"
#include "packed.h"
#include "update.h"

namespace {

// Elements of a task where nothing is packed, and the size of packings above which they are written past the caches.
constexpr int64_t TaskElements = 1 << 15;
constexpr int64_t StreamBytes = 16 << 20;

void check(const at::Tensor& tensor, const at::Tensor& like, const char* name) {
    TORCH_CHECK(tensor.scalar_type() == at::kFloat && tensor.is_contiguous() && tensor.is_cpu(), "adamw_: ", name,
                " must be contiguous Float32 on the host");
    TORCH_CHECK(tensor.sizes() == like.sizes(), "adamw_: ", name, " has sizes ", tensor.sizes(), ", its parameter ", like.sizes());
}

edl::AdamWTensor describe(const at::Tensor& parameter, const at::Tensor* over_rows, const at::Tensor* over_columns) {
    edl::AdamWTensor t{};
    if (!over_rows || over_rows->numel() == 0) {
        t.rows = 1;
        t.columns = parameter.numel();
        return t;
    }
    const int64_t matrices = parameter.dim() == 3 ? parameter.size(0) : 1;
    t.rows = parameter.size(-2);
    t.columns = parameter.size(-1);
    const auto precision = edl::precision_of(*over_rows, "adamw_");
    edl::check_packed(*over_rows, precision, matrices, t.rows, t.columns, "adamw_", "over_rows");
    edl::check_packed(*over_columns, precision, matrices, t.columns, t.rows, "adamw_", "over_columns");
    t.over_rows = over_rows->data_ptr();
    t.over_columns = over_columns->data_ptr();
    t.bf16 = precision == edl::Bf16;
    return t;
}

void add_packed(edl::Update& update, const edl::AdamWTensor& t, int64_t count) {
    const auto tensor = static_cast<int64_t>(update.tensors.size());
    for (int64_t matrix = 0; matrix < count / (t.rows * t.columns); ++matrix)
        for (int64_t from = 0; from < t.rows; from += edl::AdamWRows)
            update.tasks.push_back({tensor, matrix, from, std::min(from + edl::AdamWRows, t.rows)});
    update.packed.push_back({t.over_rows, t.over_columns, static_cast<int64_t>(update.tasks.size())});
    update.tensors.push_back(t);
}

void add_plain(edl::Update& update, const edl::AdamWTensor& t, int64_t count) {
    for (int64_t from = 0; from < count; from += TaskElements) {
        auto part = t;
        part.columns = std::min(TaskElements, count - from);
        part.p += from;
        part.g += from;
        part.m += from;
        part.v += from;
        update.tasks.push_back({static_cast<int64_t>(update.tensors.size()), 0, 0, 1});
        update.tensors.push_back(part);
    }
}

void complete(edl::Update& update, const edl::AdamWArgs& arguments) {
    update.arguments = arguments;
    update.arguments.tensors = update.tensors.data();
    update.arguments.tasks = update.tasks.data();
    update.arguments.count = static_cast<int64_t>(update.tasks.size());
}

void adamw_(at::TensorList parameters, at::TensorList gradients, at::TensorList first, at::TensorList second, double lr, double beta1,
            double beta2, double eps, double weight_decay, int64_t step, at::TensorList over_rows, at::TensorList over_columns,
            const edl::optional<at::Tensor>& gradient_scale, bool put_off) {
    TORCH_CHECK(gradients.size() == parameters.size() && first.size() == parameters.size() && second.size() == parameters.size() &&
                    (over_rows.empty() || over_rows.size() == parameters.size()) && over_columns.size() == over_rows.size(),
                "adamw_: the lists differ in length");
    TORCH_CHECK(step >= 1, "adamw_: steps count from 1, ", step, " came");
    edl::settle();
    edl::Update now, later;
    int64_t packed_bytes = 0;
    for (size_t i = 0; i < parameters.size(); ++i) {
        check(parameters[i], parameters[i], "a parameter");
        check(gradients[i], parameters[i], "a gradient");
        check(first[i], parameters[i], "a first moment");
        check(second[i], parameters[i], "a second moment");
        const bool packed = !over_rows.empty();
        auto t = describe(parameters[i], packed ? &over_rows[i] : nullptr, packed ? &over_columns[i] : nullptr);
        t.p = parameters[i].data_ptr<float>();
        t.g = gradients[i].data_ptr<float>();
        t.m = first[i].data_ptr<float>();
        t.v = second[i].data_ptr<float>();
        if (!t.over_rows) {
            add_plain(now, t, parameters[i].numel());
            continue;
        }
        packed_bytes += static_cast<int64_t>(over_rows[i].nbytes() + over_columns[i].nbytes());
        add_packed(put_off ? later : now, t, parameters[i].numel());
        if (put_off) later.held.insert(later.held.end(), {parameters[i], gradients[i], first[i], second[i], over_rows[i], over_columns[i]});
    }
    edl::AdamWArgs a{};
    a.step.scale = gradient_scale && gradient_scale->defined() ? gradient_scale->item().toFloat() : 1.0f;
    a.step.beta1 = static_cast<float>(beta1);
    a.step.beta2 = static_cast<float>(beta2);
    a.step.eps = static_cast<float>(eps);
    a.step.decay = static_cast<float>(1 - lr * weight_decay);
    a.step.rate = static_cast<float>(lr / (1 - std::pow(beta1, static_cast<double>(step))));
    a.step.root_correction = static_cast<float>(std::sqrt(1 - std::pow(beta2, static_cast<double>(step))));
    a.stream = packed_bytes > StreamBytes;
    a.threads = at::get_num_threads();
    std::reverse(now.tasks.begin(), now.tasks.end());  // the gradients that the norm read last are still in the cache
    complete(now, a);
    edl::kernels().adamw(now.arguments);
    complete(later, a);
    if (put_off) edl::put_off(std::move(later));
    for (const auto& parameter : parameters)
        parameter.unsafeGetTensorImpl()->bump_version();  // packings elsewhere and saved tensors see that it changed
}

void settle() { edl::settle(); }

}  // namespace

TORCH_LIBRARY(edl, library) {
    library.def(
        "adamw_(Tensor(a!)[] parameters, Tensor[] gradients, Tensor(b!)[] first_moments, Tensor(c!)[] second_moments, float lr, "
        "float beta1, float beta2, float eps, float weight_decay, int step, Tensor(d!)[] over_rows, "
        "Tensor(e!)[] over_columns, Tensor? gradient_scale=None, bool put_off=False) -> ()");
    library.def("settle() -> ()", settle);
}

TORCH_LIBRARY_IMPL(edl, CPU, library) { library.impl("adamw_", adamw_); }
