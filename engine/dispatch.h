// From an op to its kernels. Internal.
#pragma once

#include "engine/backend.h"
#include "engine/check.h"
#include "engine/context.h"

namespace lienet {

// The function that belongs to the context's device.
template <class F>
F* dispatch(const Context& ctx, F* ref, F* cpu) {
  switch (ctx.device()) {
    case Device::ref:
      return ref;
    case Device::cpu:
      return cpu;
  }
  fail("device {}: not in this build", name_of(ctx.device()));
}

// Calls f with a value of the tensor's type: for loops written for float and double.
template <class F>
void for_floating(DType t, F&& f) {
  if (t == DType::f32) return f(float{});
  if (t == DType::f64) return f(double{});
  fail("no kernel for elements of type {}; f32 and f64 have one", name_of(t));
}

// Activations may be bf16, too; what is summed over them is then f32.
constexpr DType sum_type(DType t) {
  return t == DType::bf16 ? DType::f32 : t;
}

// Calls f with a value of the activations' type and one of their sum_type.
template <class F>
void for_activations(DType t, F&& f) {
  if (t == DType::bf16) return f(bfloat16{}, float{});
  for_floating(t, [&]<class T>(T) { f(T{}, T{}); });
}

}  // namespace lienet
