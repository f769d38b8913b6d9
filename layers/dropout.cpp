#include "layers/dropout.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {
namespace {

void check_probability(double p) {
  if (!(p >= 0 && p < 1)) fail("dropout: p {}; expected 0 <= p < 1", p);
}

Tensor scaled(Context& ctx, const Tensor& t, const Tensor& scale) {
  const Tensor as_scale = as_layout(ctx, t, scale.layout());
  Tensor out = ctx.empty_like(as_scale);
  LIENET_HOST_OR_CUDA(ctx, multiply)(ctx, scale, as_scale, out);
  return out;
}

}  // namespace

Tensor dropout(Context& ctx, const Tensor& x, double p, uint32_t stream, DropoutSaved& saved) {
  check_probability(p);
  Tensor scale = ctx.empty(x.shape(), sum_type(x.dtype()));
  LIENET_HOST_OR_CUDA(ctx, dropout_scale)(ctx, p, stream, scale);
  saved.scale = as_layout(ctx, scale, x.layout());
  // The GPU multiplies what is of one type.
  if (ctx.device() == Device::cuda) saved.scale = as_type(ctx, saved.scale, x.dtype());
  return scaled(ctx, x, saved.scale);
}

void dropout_backward(Context& ctx, const DropoutSaved& s, const Tensor& dy,
                      std::span<GradSlot> d) {
  if (d[0]) d[0].give(ctx, scaled(ctx, dy, s.scale));
}

Value dropout(Tape& tape, const Value& x, double p) {
  check_probability(p);
  if (!tape.options().training || p == 0) return x;
  DropoutSaved saved;
  Tensor y = dropout(tape.context(), x.tensor(), p, tape.next_stream(), saved);
  return tape.record("dropout", {&x}, std::move(y), std::move(saved), dropout_backward);
}

}  // namespace lienet
