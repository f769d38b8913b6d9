#include "layers/max_pool2d.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

Tensor max_pool2d(Context& ctx, const Tensor& x, const Pool2dOptions& o, MaxPool2dSaved* saved) {
  const Shape shape = pooled_shape("max_pool2d", x, o);
  if (o.kernel > 16) fail("max_pool2d: kernel {}; expected up to 16", o.kernel);
  Tensor y = ctx.empty(shape, x.dtype(), x.layout());
  Tensor winners = ctx.empty(shape, DType::u8, x.layout());
  LIENET_DISPATCH(ctx, max_pool2d)(ctx, x, o, y, winners);
  if (saved) *saved = {x.shape(), x.layout(), o, winners};
  return y;
}

void max_pool2d_backward(Context& ctx, const MaxPool2dSaved& s, const Tensor& dy,
                         std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor dx = pooled_gradient(ctx, s.x, dy.dtype(), s.layout);
  LIENET_DISPATCH(ctx, max_pool2d_backward)
  (ctx, s.options, s.winners, as_layout(ctx, dy, s.layout), dx);
  d[0].give(ctx, as_type(ctx, dx, dy.dtype()));
}

Value max_pool2d(Tape& tape, const Value& x, const Pool2dOptions& options) {
  MaxPool2dSaved saved;
  Tensor y = max_pool2d(tape.context(), x.tensor(), options, tape.records({&x}) ? &saved : nullptr);
  return tape.record("max_pool2d", {&x}, std::move(y), std::move(saved), max_pool2d_backward);
}

}  // namespace lienet
