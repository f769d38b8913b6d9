// Tensors in the device's memory, for those who launch kernels on them. No fmt here: nvcc does not
// take it. Internal.
#pragma once

#include <string>
#include <utility>

#include "engine/error.h"
#include "engine/tensor.h"

namespace lienet::cuda {

[[noreturn]] inline void fail_with(const std::string& message) {
  throw Error(message);
}

// The elements of a tensor in the device's memory. Throws Error for another type or memory.
template <class T>
const T* elements(const Tensor& t) {
  if (t.dtype() != dtype_of<T> || t.on_host())
    fail_with("device cuda: elements<" + std::string(name_of(dtype_of<T>)) + ">() of " + t.str() +
              (t.on_host() ? " in the host's memory" : ""));
  return static_cast<const T*>(t.raw());
}
template <class T>
T* elements(Tensor& t) {
  return const_cast<T*>(elements<T>(std::as_const(t)));
}

// Calls f with a value of the activations' type.
template <class F>
void for_elements(DType t, F&& f) {
  if (t == DType::f32) return f(float{});
  if (t == DType::bf16) return f(bfloat16{});
  if (t == DType::f16) return f(float16{});
  fail_with(std::string("device cuda: no kernel for elements of type ") + name_of(t) +
            "; f32, bf16 and f16 have one");
}

}  // namespace lienet::cuda
