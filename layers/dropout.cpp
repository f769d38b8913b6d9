#include "layers/dropout.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {
namespace {

void check_probability(double p) {
  if (!(p >= 0 && p < 1)) fail("dropout: p {}; expected 0 <= p < 1", p);
}

Tensor product(Context& ctx, const Tensor& a, const Tensor& b) {
  Tensor out = ctx.empty_like(b);
  LIENET_HOST_OR_CUDA(ctx, multiply)(ctx, as_layout(ctx, a, b.layout()), b, out);
  return out;
}

}  // namespace

Tensor dropout(Context& ctx, const Tensor& x, double p, uint32_t stream, DropoutSaved& saved) {
  check_probability(p);
  Tensor scale = ctx.empty(x.shape(), x.dtype());
  LIENET_HOST_OR_CUDA(ctx, dropout_scale)(ctx, p, stream, scale);
  saved.scale = as_layout(ctx, scale, x.layout());
  return product(ctx, x, saved.scale);
}

void dropout_backward(Context& ctx, const DropoutSaved& s, const Tensor& dy,
                      std::span<GradSlot> d) {
  if (d[0]) d[0].give(ctx, product(ctx, dy, s.scale));
}

Value dropout(Tape& tape, const Value& x, double p) {
  check_probability(p);
  if (!tape.options().training || p == 0) return x;
  DropoutSaved saved;
  Tensor y = dropout(tape.context(), x.tensor(), p, tape.next_stream(), saved);
  return tape.record("dropout", {&x}, std::move(y), std::move(saved), dropout_backward);
}

}  // namespace lienet
