// The optional of libtorch's own interfaces: c10's in 1.13, the standard library's in newer releases.
#pragma once
#include <ATen/core/ivalue.h>

#include <utility>

namespace edl {
template <typename T>
using optional = decltype(std::declval<c10::IValue&>().toOptional<T>());
}
