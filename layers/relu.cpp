#include "layers/relu.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

Tensor relu(Context& ctx, const Tensor& x, ReluSaved* saved) {
  Tensor y = ctx.empty_like(x);
  dispatch(ctx, ref::relu, cpu::relu)(ctx, x, y);
  if (saved) saved->y = y;
  return y;
}

void relu_backward(Context& ctx, const ReluSaved& saved, const Tensor& dy, std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor dx = ctx.empty_like(saved.y);
  dispatch(ctx, ref::relu_backward, cpu::relu_backward)(ctx, saved.y,
                                                        as_layout(ctx, dy, saved.y.layout()), dx);
  d[0].give(ctx, std::move(dx));
}

Value relu(Tape& tape, const Value& x) {
  ReluSaved saved;
  Tensor y = relu(tape.context(), x.tensor(), tape.records({&x}) ? &saved : nullptr);
  return tape.record("relu", {&x}, std::move(y), std::move(saved), relu_backward);
}

}  // namespace lienet
