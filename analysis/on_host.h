// What analyses read element by element. Internal.
#pragma once

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

}  // namespace lienet
