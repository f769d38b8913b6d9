#include "layers/global_avg_pool.h"

#include "engine/dispatch.h"

namespace lienet {

Tensor global_avg_pool(Context& ctx, const Tensor& x, GlobalAvgPoolSaved* saved) {
  if (x.shape().rank() != 4) fail("global_avg_pool: x {}; expected [N, C, H, W]", x.str());
  if (x.dim(2) * x.dim(3) == 0) fail("global_avg_pool: x {} has maps without a value", x.str());
  Tensor y = ctx.empty({x.dim(0), x.dim(1)}, sum_type(x.dtype()));
  LIENET_HOST_OR_CUDA(ctx, global_avg_pool)(ctx, x, y);
  if (saved) *saved = {x.shape(), x.dtype(), x.layout()};
  return y;
}

void global_avg_pool_backward(Context& ctx, const GlobalAvgPoolSaved& s, const Tensor& dy,
                              std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor dx = ctx.empty(s.shape, s.dtype, s.layout);
  LIENET_HOST_OR_CUDA(ctx, global_avg_pool_backward)(ctx, dy, dx);
  d[0].give(ctx, std::move(dx));
}

Value global_avg_pool(Tape& tape, const Value& x) {
  GlobalAvgPoolSaved saved;
  Tensor y = global_avg_pool(tape.context(), x.tensor(), tape.records({&x}) ? &saved : nullptr);
  return tape.record("global_avg_pool", {&x}, std::move(y), saved, global_avg_pool_backward);
}

}  // namespace lienet
