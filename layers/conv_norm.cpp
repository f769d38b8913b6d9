#include "layers/conv_norm.h"

#include "engine/dispatch.h"
#include "layers/add_relu.h"

namespace lienet {
namespace {

bool in_one(const Tape& tape) {
  return !tape.options().training && !tape.options().record &&
         tape.context().device() != Device::ref;
}

struct Folded {
  Tensor w, b;
};

Folded fold(Context& ctx, const Conv2d& conv, const BatchNorm2d& norm) {
  const Tensor& w = conv.weight.value;
  if (norm.weight.value.size() != w.dim(0))
    fail("conv_norm: {} output channels, and BatchNorm of {}", w.dim(0), norm.weight.value.size());
  Folded folded{ctx.empty_like(w), ctx.empty_like(norm.bias.value)};
  const ConvNorm from{w,
                      conv.bias.value,
                      norm.weight.value,
                      norm.bias.value,
                      norm.running_mean.value,
                      norm.running_var.value,
                      norm.eps()};
  LIENET_HOST_OR_CUDA(ctx, conv_norm_fold)(ctx, from, folded.w, folded.b);
  return folded;
}

Value run_folded(Tape& tape, const Conv2d& conv, const BatchNorm2d& norm, const Value& x,
                 const Tensor& residual, bool relu) {
  Context& ctx = tape.context();
  const Folded folded = fold(ctx, conv, norm);
  return Value(
      conv2d_fused(ctx, x.tensor(), folded.w, folded.b, conv.options().op(), residual, relu));
}

}  // namespace

Value conv_norm(Tape& tape, Conv2d& conv, BatchNorm2d& norm, const Value& x) {
  if (!in_one(tape)) return norm(tape, conv(tape, x));
  return run_folded(tape, conv, norm, x, {}, norm.relu);
}

Value conv_norm_add_relu(Tape& tape, Conv2d& conv, BatchNorm2d& norm, const Value& x,
                         const std::function<Value()>& shortcut) {
  if (!in_one(tape) || norm.relu) {  // the norm's ReLU comes before the sum
    const Value y = conv_norm(tape, conv, norm, x);
    return add_relu(tape, y, shortcut());
  }
  return run_folded(tape, conv, norm, x, shortcut().tensor(), true);
}

}  // namespace lienet
