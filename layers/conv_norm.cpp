#include "layers/conv_norm.h"

#include <cmath>

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
  const int64_t channels = w.dim(0), filter = w.size() / channels;
  if (norm.weight.value.size() != channels)
    fail("conv_norm: {} output channels, and BatchNorm of {}", channels, norm.weight.value.size());
  Folded folded{ctx.empty_like(w), ctx.empty_like(norm.bias.value)};
  for_floating(w.dtype(), [&]<class T>(T) {
    const T *from = w.data<T>(), *g = norm.weight.value.data<T>(), *b = norm.bias.value.data<T>();
    const T *mean = norm.running_mean.value.data<T>(), *var = norm.running_var.value.data<T>();
    const T* own = conv.options().bias ? conv.bias.value.data<T>() : nullptr;
    T *to = folded.w.data<T>(), *bias = folded.b.data<T>();
#pragma omp parallel for schedule(static)
    for (int64_t o = 0; o < channels; ++o) {
      const double scale = double(g[o]) / std::sqrt(double(var[o]) + norm.eps());
      bias[o] =
          static_cast<T>(double(b[o]) + ((own ? double(own[o]) : 0) - double(mean[o])) * scale);
      for (int64_t i = o * filter; i < (o + 1) * filter; ++i)
        to[i] = static_cast<T>(double(from[i]) * scale);
    }
  });
  return folded;
}

Value run_folded(Tape& tape, const Conv2d& conv, const BatchNorm2d& norm, const Value& x,
                 const Tensor& residual, bool relu) {
  Context& ctx = tape.context();
  const Conv2dLayerOptions& o = conv.options();
  const Folded folded = fold(ctx, conv, norm);
  return Value(conv2d_fused(ctx, x.tensor(), folded.w, folded.b,
                            {o.stride, o.padding, o.dilation, o.groups}, std::move(residual),
                            relu));
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
