// Maps for kernels that take them with their channels innermost, whatever layout they come in.
// Internal.
#pragma once

#include "engine/cuda/device_tensor.h"
#include "engine/cuda/elements.h"
#include "engine/tensor_ops.h"

namespace lienet::cuda {

inline Tensor as_nhwc(Context& ctx, const Tensor& t) {
  return as_layout(ctx, t, Layout::nhwc);
}

// f(tensor) writes the tensor, whose layout is NHWC; its values end up in `out`.
template <class F>
void write_nhwc(Context& ctx, Tensor& out, F f) {
  if (out.layout() == Layout::nhwc) return f(out);
  Tensor t = ctx.empty(out.shape(), out.dtype(), Layout::nhwc);
  f(t);
  lienet::copy(ctx, t, out);
}

// Calls f with a value of the elements' type and the number of channels that are read and written
// at a time, as a type: 16 bytes, or one where the channels do not make up whole vectors.
template <class F>
void for_vectors(DType type, int64_t channels, F f) {
  for_elements(type, [&]<class T>(T) {
    if (channels % full_width<T> == 0)
      f(T{}, std::integral_constant<int, full_width<T>>{});
    else
      f(T{}, std::integral_constant<int, 1>{});
  });
}

}  // namespace lienet::cuda
