#include "layers/add_relu.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "layers/add.h"

namespace lienet {

Tensor add_relu(Context& ctx, const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape())
    fail("add_relu: shapes {} and {} differ", a.shape().str(), b.shape().str());
  Tensor y = ctx.empty_like(a);
  LIENET_DISPATCH(ctx, add_relu)(ctx, a, as_layout(ctx, b, a.layout()), y);
  return y;
}

Value add_relu(Tape& tape, const Value& a, const Value& b) {
  return tape.record_rectified("add_relu", {&a, &b},
                               add_relu(tape.context(), a.tensor(), b.tensor()), pass_on);
}

}  // namespace lienet
