// What analyses read element by element. Internal.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"

namespace lienet {

// t's values in the host's memory, in f32 or f64, in t's layout. Waits for the work that makes t.
inline Tensor on_host(Context& ctx, const Tensor& t) {
  return as_type(ctx, to_host(ctx, t), sum_type(t.dtype()));
}

// The same, plain, in the context's type.
inline Tensor plain_on_host(Context& ctx, const Tensor& t) {
  return convert(ctx, to_host(ctx, t), ctx.dtype(), Layout::plain);
}

// Element i of the first extent of a plain tensor in the host's memory: [1, ...], fresh, there.
inline Tensor slice(Context& ctx, const Tensor& t, int64_t i) {
  std::vector<int64_t> dims(t.shape().dims().begin(), t.shape().dims().end());
  dims[0] = 1;
  Tensor one = ctx.empty_on_host(Shape(dims), t.dtype());
  const auto* from = static_cast<const std::byte*>(t.raw()) + static_cast<size_t>(i) * one.bytes();
  std::copy_n(from, one.bytes(), static_cast<std::byte*>(one.raw()));
  return one;
}

}  // namespace lienet
