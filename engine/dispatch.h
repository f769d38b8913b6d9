// From an op to its kernels. Internal.
#pragma once

#include "engine/backend.h"
#include "engine/check.h"
#include "engine/context.h"

// LIENET_DISPATCH(ctx, f): the f of the context's backend, ref::f, cpu::f or cuda::f.
// LIENET_HOST_OR_CUDA(ctx, f): host::f or cuda::f, where the context computes.
// LIENET_WHERE_IT_LIES(ctx, t, f): host::f or cuda::f, where the tensor lies.
#ifdef LIENET_HAS_CUDA
#define LIENET_DISPATCH(ctx, f) ::lienet::dispatch(ctx, ref::f, cpu::f, cuda::f)
#define LIENET_HOST_OR_CUDA(ctx, f) \
  ::lienet::host_or_cuda(ctx, (ctx).device() != ::lienet::Device::cuda, host::f, cuda::f)
#define LIENET_WHERE_IT_LIES(ctx, t, f) ::lienet::host_or_cuda(ctx, (t).on_host(), host::f, cuda::f)
#else
#define LIENET_DISPATCH(ctx, f) \
  ::lienet::dispatch(ctx, ref::f, cpu::f, static_cast<decltype(&cpu::f)>(nullptr))
#define LIENET_HOST_OR_CUDA(ctx, f)                                              \
  ::lienet::host_or_cuda(ctx, (ctx).device() != ::lienet::Device::cuda, host::f, \
                         static_cast<decltype(&host::f)>(nullptr))
#define LIENET_WHERE_IT_LIES(ctx, t, f) \
  ::lienet::host_or_cuda(ctx, (t).on_host(), host::f, static_cast<decltype(&host::f)>(nullptr))
#endif

namespace lienet {

template <class F>
F* in_this_build(F* cuda) {
  if (!cuda) fail("device cuda: not in this build");
  return cuda;
}

template <class F>
F* dispatch(const Context& ctx, F* ref, F* cpu, F* cuda) {
  ctx.use_threads();
  switch (ctx.device()) {
    case Device::ref:
      return ref;
    case Device::cpu:
      return cpu;
    case Device::cuda:
      return in_this_build(cuda);
  }
  fail("device {}: no kernels", name_of(ctx.device()));
}

template <class F>
F* host_or_cuda(const Context& ctx, bool on_host, F* host, F* cuda) {
  ctx.use_threads();
  return on_host ? host : in_this_build(cuda);
}

// Calls f with a value of the tensor's type: for loops written for float and double.
template <class F>
void for_floating(DType t, F&& f) {
  if (t == DType::f32) return f(float{});
  if (t == DType::f64) return f(double{});
  fail("no kernel for elements of type {}; f32 and f64 have one", name_of(t));
}

// Activations may be bf16 or f16, too; what is summed over them is then f32.
constexpr DType sum_type(DType t) {
  return t == DType::bf16 || t == DType::f16 ? DType::f32 : t;
}

// Calls f with a value of the activations' type and one of their sum_type.
template <class F>
void for_activations(DType t, F&& f) {
  if (t == DType::bf16) return f(bfloat16{}, float{});
  for_floating(t, [&]<class T>(T) { f(T{}, T{}); });
}

}  // namespace lienet
