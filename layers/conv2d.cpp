#include "layers/conv2d.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {
namespace {

int64_t extent(int64_t in, int64_t kernel, const Conv2dOptions& o) {
  return (in + 2 * o.padding - o.dilation * (kernel - 1) - 1) / o.stride + 1;
}

Shape output_shape(const Tensor& x, const Tensor& w, const Tensor& b, const Conv2dOptions& o) {
  if (x.shape().rank() != 4 || w.shape().rank() != 4)
    fail("conv2d: x {}, weight {}; expected [N, C, H, W] and [O, C/groups, kh, kw]", x.str(),
         w.str());
  if (o.stride < 1 || o.dilation < 1 || o.groups < 1 || o.padding < 0)
    fail("conv2d: stride {}, padding {}, dilation {}, groups {}: out of range", o.stride, o.padding,
         o.dilation, o.groups);
  if (x.dim(1) != w.dim(1) * o.groups || w.dim(0) % o.groups != 0)
    fail("conv2d: x {} does not fit weight {} in {} groups", x.str(), w.str(), o.groups);
  if (b && b.shape() != Shape{w.dim(0)}) fail("conv2d: bias {}; expected [{}]", b.str(), w.dim(0));
  const int64_t reach_h = o.dilation * (w.dim(2) - 1) + 1,
                reach_w = o.dilation * (w.dim(3) - 1) + 1;
  if (x.dim(2) + 2 * o.padding < reach_h || x.dim(3) + 2 * o.padding < reach_w)
    fail("conv2d: x {} with padding {} is smaller than the {}x{} kernel", x.str(), o.padding,
         reach_h, reach_w);
  return {x.dim(0), w.dim(0), extent(x.dim(2), w.dim(2), o), extent(x.dim(3), w.dim(3), o)};
}

Tensor converted(Context& ctx, const Tensor& t, DType dtype, Layout layout) {
  return t.dtype() == dtype && t.layout() == layout ? t : convert(ctx, t, dtype, layout);
}

// x as the backend takes it: an activation, on the GPU in its one layout.
Tensor as_input(Context& ctx, const Tensor& x) {
  const Layout layout = ctx.device() == Device::cuda ? Layout::nhwc : x.layout();
  return converted(ctx, x, ctx.activation_dtype(), layout);
}

// w as the backend takes it: on the GPU as activations are. oneDNN has layouts of its own.
Tensor as_weights(Context& ctx, const Tensor& w) {
  return ctx.device() == Device::cuda ? converted(ctx, w, ctx.activation_dtype(), Layout::nhwc) : w;
}

}  // namespace

Tensor conv2d(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b,
              const Conv2dOptions& options, Conv2dSaved* saved) {
  Tensor y = ctx.empty(output_shape(x, w, b, options), ctx.activation_dtype(),
                       ctx.activation_layout(w.dim(0)));
  const Tensor in = as_input(ctx, x), weights = as_weights(ctx, w);
  LIENET_DISPATCH(ctx, conv2d)(ctx, in, weights, b, options, y);
  if (saved) *saved = {in, weights, options, x.dtype(), w.dtype()};
  return y;
}

Tensor conv2d_fused(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b,
                    const Conv2dOptions& options, const Tensor& residual, bool relu) {
  Tensor y = ctx.empty(output_shape(x, w, b, options), ctx.activation_dtype(),
                       ctx.activation_layout(w.dim(0)));
  if (residual && residual.shape() != y.shape())
    fail("conv2d: residual {}; the output is {}", residual.str(), y.shape().str());
  LIENET_DISPATCH(ctx, conv2d_fused)
  (ctx, as_input(ctx, x), as_weights(ctx, w), b, options,
   residual ? as_layout(ctx, residual, y.layout()) : residual, relu, y);
  return y;
}

void conv2d_backward(Context& ctx, const Conv2dSaved& s, const Tensor& dy, std::span<GradSlot> d) {
  if (d[0]) {
    Tensor dx = ctx.empty_like(s.x);
    LIENET_DISPATCH(ctx, conv2d_backward_data)(ctx, s.w, dy, s.options, dx);
    d[0].give(ctx, as_type(ctx, dx, s.dx));
  }
  if (d[1]) {
    Tensor dw = ctx.empty(s.w.shape(), s.dw);
    LIENET_DISPATCH(ctx, conv2d_backward_weights)(ctx, s.x, dy, s.options, dw);
    d[1].give(ctx, std::move(dw));
  }
  if (d[2]) {
    Tensor db = ctx.empty({s.w.dim(0)}, s.dw);
    LIENET_DISPATCH(ctx, conv2d_backward_bias)(ctx, dy, db);
    d[2].give(ctx, std::move(db));
  }
}

Value conv2d(Tape& tape, const Value& x, const Value& w, const Value& b,
             const Conv2dOptions& options) {
  Conv2dSaved saved;
  Tensor y = conv2d(tape.context(), x.tensor(), w.tensor(), b.tensor(), options,
                    tape.records({&x, &w, &b}) ? &saved : nullptr);
  return tape.record("conv2d", {&x, &w, &b}, std::move(y), std::move(saved), conv2d_backward);
}

Conv2d::Conv2d(Context& ctx, const Conv2dLayerOptions& o) : options_(o) {
  if (o.in < 1 || o.out < 1 || o.kernel < 1 || o.groups < 1 || o.in % o.groups)
    fail("Conv2d: {} to {} channels, kernel {}, {} groups: out of range", o.in, o.out, o.kernel,
         o.groups);
  weight = {.name = "weight", .value = ctx.zeros({o.out, o.in / o.groups, o.kernel, o.kernel})};
  add_parameter(weight);
  if (!o.bias) return;
  bias = {.name = "bias", .value = ctx.zeros({o.out}), .decay = false};
  add_parameter(bias);
}

Value Conv2d::forward(Tape& tape, const Value& x) {
  return conv2d(tape, x, weight.on(tape), options_.bias ? bias.on(tape) : Value(), options_.op());
}

}  // namespace lienet
