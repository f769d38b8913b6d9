#include "layers/flatten.h"

#include "engine/check.h"
#include "engine/tensor_ops.h"

namespace lienet {

Tensor flatten(Context& ctx, const Tensor& x, FlattenSaved* saved) {
  if (x.shape().rank() < 1) fail("flatten: x {}; expected [N, ...]", x.str());
  if (saved) saved->shape = x.shape();
  const int64_t rest = x.dim(0) ? x.size() / x.dim(0) : 0;
  return as_plain(ctx, x).reshape({x.dim(0), rest});
}

void flatten_backward(Context& ctx, const FlattenSaved& s, const Tensor& dy,
                      std::span<GradSlot> d) {
  if (d[0]) d[0].give(ctx, dy.reshape(s.shape));
}

Value flatten(Tape& tape, const Value& x) {
  FlattenSaved saved;
  Tensor y = flatten(tape.context(), x.tensor(), &saved);
  return tape.record("flatten", {&x}, std::move(y), saved, flatten_backward);
}

}  // namespace lienet
