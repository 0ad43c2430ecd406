// The one generic call: an operator by its schema name, boxed through libtorch's dispatcher.
#include <ATen/core/Generator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

#include <memory>
#include <string>
#include <vector>

#include "boundary.h"
#include "optional.h"

using c10::IValue;

struct edl_operator_s {
    // What a formal argument needs beyond what its tag says.
    enum class Formal : uint8_t { AsTagged, Float, TensorList, OptionalTensorList };

    c10::OperatorHandle handle;
    std::vector<Formal> formals;
    std::vector<edl::optional<IValue>> defaults;
};

namespace {

using Formal = edl_operator_s::Formal;

Formal formal_of(c10::TypePtr type) {
    if (auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
    if (type->kind() == c10::TypeKind::FloatType) return Formal::Float;
    if (auto list = type->cast<c10::ListType>()) {
        if (list->getElementType()->kind() == c10::TypeKind::TensorType) return Formal::TensorList;
        if (auto element = list->getElementType()->cast<c10::OptionalType>())
            if (element->getElementType()->kind() == c10::TypeKind::TensorType) return Formal::OptionalTensorList;
    }
    return Formal::AsTagged;
}

template <typename To, typename From>
c10::List<To> list_of(const edl_value& value) {
    auto* items = static_cast<const From*>(value.p);
    c10::List<To> list;
    list.reserve(value.length);
    for (int32_t i = 0; i < value.length; ++i) list.push_back(static_cast<To>(items[i]));
    return list;
}

IValue tensor_list(const edl_value& value, Formal formal) {
    auto* handles = static_cast<const void* const*>(value.p);
    if (formal == Formal::OptionalTensorList) {
        using Optional = edl::optional<at::Tensor>;
        c10::List<Optional> list;
        list.reserve(value.length);
        for (int32_t i = 0; i < value.length; ++i) list.push_back(handles[i] ? Optional(edl::borrow(handles[i])) : Optional());
        return list;
    }
    c10::List<at::Tensor> list;
    list.reserve(value.length);
    for (int32_t i = 0; i < value.length; ++i) list.push_back(edl::borrow(handles[i]));
    return list;
}

IValue boxed(const edl_value& value, Formal formal) {
    switch (value.tag) {
        case EDL_NONE: return IValue();
        case EDL_TENSOR: return IValue(edl::borrow(value.p));
        case EDL_INT: return formal == Formal::Float ? IValue(static_cast<double>(value.i)) : IValue(value.i);
        case EDL_DOUBLE: return IValue(value.d);
        case EDL_BOOL: return IValue(value.i != 0);
        case EDL_STRING: return IValue(std::string(static_cast<const char*>(value.p), value.length));
        case EDL_INT_LIST: return list_of<int64_t, int64_t>(value);
        case EDL_DOUBLE_LIST: return list_of<double, double>(value);
        case EDL_BOOL_LIST: return list_of<bool, uint8_t>(value);
        case EDL_TENSOR_LIST: return tensor_list(value, formal);
        case EDL_DEVICE: return IValue(edl::device_of(value.i));
        case EDL_GENERATOR: return IValue(*static_cast<const at::Generator*>(value.p));
        default: TORCH_CHECK(false, "an argument has the unknown tag ", value.tag);
    }
}

// Arrays inside results, valid until the next call of the same thread.
thread_local std::vector<std::vector<int64_t>> int_lists;
thread_local std::vector<std::vector<edl_tensor>> tensor_lists;

edl_value unboxed(IValue&& value) {
    edl_value result{};
    if (value.isTensor()) {
        result.p = edl::hand_out(std::move(value).toTensor());
        result.tag = result.p ? EDL_TENSOR : EDL_NONE;
    } else if (value.isNone()) {
        result.tag = EDL_NONE;
    } else if (value.isInt()) {
        result.tag = EDL_INT;
        result.i = value.toInt();
    } else if (value.isDouble()) {
        result.tag = EDL_DOUBLE;
        result.d = value.toDouble();
    } else if (value.isBool()) {
        result.tag = EDL_BOOL;
        result.i = value.toBool();
    } else if (value.isIntList()) {
        int_lists.push_back(value.toIntVector());
        result.tag = EDL_INT_LIST;
        result.length = static_cast<int32_t>(int_lists.back().size());
        result.p = int_lists.back().data();
    } else if (value.isTensorList()) {
        std::vector<edl_tensor> handles;
        for (at::Tensor& tensor : value.toTensorVector()) handles.push_back(edl::hand_out(std::move(tensor)));
        tensor_lists.push_back(std::move(handles));
        result.tag = EDL_TENSOR_LIST;
        result.length = static_cast<int32_t>(tensor_lists.back().size());
        result.p = tensor_lists.back().data();
    } else {
        TORCH_CHECK(false, "a result of type ", value.tagKind(), " cannot cross the boundary");
    }
    return result;
}

// The stack is kept between calls so that a call allocates nothing of its own; a nested call would find it in use.
struct BorrowedStack {
    static thread_local std::vector<IValue> kept;
    std::vector<IValue> stack;
    BorrowedStack() { stack.swap(kept); }
    ~BorrowedStack() {
        stack.clear();
        stack.swap(kept);
    }
};
thread_local std::vector<IValue> BorrowedStack::kept;

}  // namespace

extern "C" int edl_operator_find(const char* name, const char* overload, edl_operator* out) {
    *out = nullptr;
    int status = edl::guarded([&] {
        auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
        if (!handle) return;
        auto found = std::make_unique<edl_operator_s>(edl_operator_s{*handle, {}, {}});
        for (const auto& argument : handle->schema().arguments()) {
            found->formals.push_back(formal_of(argument.type()));
            found->defaults.push_back(argument.default_value());
        }
        *out = found.release();
    });
    return status != EDL_OK ? status : *out ? EDL_OK : edl::fail(EDL_NO_SUCH_OPERATOR, "this libtorch has no such operator");
}

extern "C" int edl_operator_call(edl_operator op, const edl_value* arguments, int32_t count, edl_value* results, int32_t capacity,
                                 int32_t* result_count) {
    *result_count = 0;
    return edl::guarded([&] {
        const auto formals = static_cast<int32_t>(op->formals.size());
        TORCH_CHECK(count <= formals, op->handle.operator_name(), " takes ", formals, " arguments, ", count, " came");
        BorrowedStack borrowed;
        auto& stack = borrowed.stack;
        for (int32_t i = 0; i < count; ++i) stack.push_back(boxed(arguments[i], op->formals[i]));
        for (int32_t i = count; i < formals; ++i) {
            TORCH_CHECK(op->defaults[i], op->handle.operator_name(), ": argument ", i, " has no default and did not come");
            stack.push_back(*op->defaults[i]);
        }
        op->handle.callBoxed(&stack);
        if (capacity == 0) return;
        TORCH_CHECK(static_cast<int32_t>(stack.size()) <= capacity, op->handle.operator_name(), " gives ", stack.size(),
                    " results, there is room for ", capacity);
        int_lists.clear();
        tensor_lists.clear();
        for (auto& value : stack) results[(*result_count)++] = unboxed(std::move(value));
    });
}
