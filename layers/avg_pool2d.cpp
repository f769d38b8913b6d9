#include "layers/avg_pool2d.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

Tensor avg_pool2d(Context& ctx, const Tensor& x, const AvgPool2dOptions& o, AvgPool2dSaved* saved) {
  Tensor y = ctx.empty(pooled_shape("avg_pool2d", x, o.window), x.dtype(), x.layout());
  LIENET_DISPATCH(ctx, avg_pool2d)(ctx, x, o, y);
  if (saved) *saved = {x.shape(), x.layout(), o};
  return y;
}

void avg_pool2d_backward(Context& ctx, const AvgPool2dSaved& s, const Tensor& dy,
                         std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor dx = pooled_gradient(ctx, s.x, dy.dtype(), s.layout);
  LIENET_DISPATCH(ctx, avg_pool2d_backward)(ctx, s.options, as_layout(ctx, dy, s.layout), dx);
  d[0].give(ctx, as_type(ctx, dx, dy.dtype()));
}

Value avg_pool2d(Tape& tape, const Value& x, const AvgPool2dOptions& options) {
  AvgPool2dSaved saved;
  Tensor y = avg_pool2d(tape.context(), x.tensor(), options, tape.records({&x}) ? &saved : nullptr);
  return tape.record("avg_pool2d", {&x}, std::move(y), saved, avg_pool2d_backward);
}

}  // namespace lienet
