#include "layers/relu.h"

#include "engine/dispatch.h"
#include "layers/add.h"

namespace lienet {

Tensor relu(Context& ctx, const Tensor& x) {
  Tensor y = ctx.empty_like(x);
  LIENET_DISPATCH(ctx, relu)(ctx, x, y);
  return y;
}

Value relu(Tape& tape, const Value& x) {
  return tape.record_rectified("relu", {&x}, relu(tape.context(), x.tensor()), pass_on);
}

}  // namespace lienet
