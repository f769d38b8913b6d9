#include "layers/add_relu.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "layers/relu.h"

namespace lienet {

Tensor add_relu(Context& ctx, const Tensor& a, const Tensor& b, AddReluSaved* saved) {
  if (a.shape() != b.shape())
    fail("add_relu: shapes {} and {} differ", a.shape().str(), b.shape().str());
  Tensor y = ctx.empty_like(a);
  dispatch(ctx, ref::add_relu, cpu::add_relu)(ctx, a, as_layout(ctx, b, a.layout()), y);
  if (saved) saved->y = y;
  return y;
}

void add_relu_backward(Context& ctx, const AddReluSaved& saved, const Tensor& dy,
                       std::span<GradSlot> d) {
  Tensor dx = ctx.empty_like(saved.y);
  dispatch(ctx, ref::relu_backward, cpu::relu_backward)(ctx, saved.y,
                                                        as_layout(ctx, dy, saved.y.layout()), dx);
  for (GradSlot& slot : d)
    if (slot) slot.give(ctx, dx);
}

Value add_relu(Tape& tape, const Value& a, const Value& b) {
  AddReluSaved saved;
  Tensor y =
      add_relu(tape.context(), a.tensor(), b.tensor(), tape.records({&a, &b}) ? &saved : nullptr);
  return tape.record("add_relu", {&a, &b}, std::move(y), std::move(saved), add_relu_backward);
}

}  // namespace lienet
