#include "layers/max_pool2d.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

int64_t pooled_extent(int64_t extent, const Pool2dOptions& o) {
  return (extent + 2 * o.padding - o.kernel) / o.stride + 1;
}

Tensor max_pool2d(Context& ctx, const Tensor& x, const Pool2dOptions& o, MaxPool2dSaved* saved) {
  if (x.shape().rank() != 4) fail("max_pool2d: x {}; expected [N, C, H, W]", x.str());
  if (o.kernel < 1 || o.stride < 1 || o.padding < 0 || 2 * o.padding > o.kernel)
    fail("max_pool2d: kernel {}, stride {}, padding {}: out of range", o.kernel, o.stride,
         o.padding);
  if (x.dim(2) + 2 * o.padding < o.kernel || x.dim(3) + 2 * o.padding < o.kernel)
    fail("max_pool2d: x {} is smaller than the kernel {}", x.str(), o.kernel);
  const Shape shape{x.dim(0), x.dim(1), pooled_extent(x.dim(2), o), pooled_extent(x.dim(3), o)};
  Tensor y = ctx.empty(shape, x.dtype(), x.layout());
  Tensor winners = ctx.empty(shape, DType::i64, x.layout());
  dispatch(ctx, ref::max_pool2d, cpu::max_pool2d)(ctx, x, o, y, winners);
  if (saved) *saved = {x.shape(), x.layout(), winners};
  return y;
}

void max_pool2d_backward(Context& ctx, const MaxPool2dSaved& s, const Tensor& dy,
                         std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor dx = ctx.zeros(s.x, dy.dtype(), s.layout);
  dispatch(ctx, ref::max_pool2d_backward, cpu::max_pool2d_backward)(
      ctx, s.winners, as_layout(ctx, dy, s.layout), dx);
  d[0].give(ctx, std::move(dx));
}

Value max_pool2d(Tape& tape, const Value& x, const Pool2dOptions& options) {
  MaxPool2dSaved saved;
  Tensor y = max_pool2d(tape.context(), x.tensor(), options, tape.records({&x}) ? &saved : nullptr);
  return tape.record("max_pool2d", {&x}, std::move(y), std::move(saved), max_pool2d_backward);
}

}  // namespace lienet
