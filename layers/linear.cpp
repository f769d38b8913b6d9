#include "layers/linear.h"

#include "engine/dispatch.h"

namespace lienet {
namespace {

void matmul(Context& ctx, const Tensor& a, bool ta, const Tensor& b, bool tb, Tensor& out) {
  LIENET_DISPATCH(ctx, matmul)(ctx, a, ta, b, tb, out);
}

}  // namespace

Tensor linear(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b, LinearSaved* saved) {
  if (x.shape().rank() != 2 || w.shape().rank() != 2 || x.dim(1) != w.dim(1))
    fail("linear: x {} does not fit weight {}; expected [N, I] and [O, I]", x.str(), w.str());
  if (b && b.shape() != Shape{w.dim(0)}) fail("linear: bias {}; expected [{}]", b.str(), w.dim(0));
  Tensor y = ctx.empty({x.dim(0), w.dim(0)}, x.dtype());
  matmul(ctx, x, false, w, true, y);
  if (b) LIENET_HOST_OR_CUDA(ctx, add_bias)(ctx, b, y);
  if (saved) *saved = {x, w};
  return y;
}

void linear_backward(Context& ctx, const LinearSaved& s, const Tensor& dy, std::span<GradSlot> d) {
  if (d[0]) {
    Tensor dx = ctx.empty_like(s.x);
    matmul(ctx, dy, false, s.w, false, dx);
    d[0].give(ctx, std::move(dx));
  }
  if (d[1]) {
    Tensor dw = ctx.empty_like(s.w);
    matmul(ctx, dy, true, s.x, false, dw);
    d[1].give(ctx, std::move(dw));
  }
  if (d[2]) {
    Tensor db = ctx.empty({s.w.dim(0)}, s.w.dtype());
    LIENET_HOST_OR_CUDA(ctx, sum_rows)(ctx, dy, db);
    d[2].give(ctx, std::move(db));
  }
}

Value linear(Tape& tape, const Value& x, const Value& w, const Value& b) {
  LinearSaved saved;
  Tensor y = linear(tape.context(), x.tensor(), w.tensor(), b.tensor(),
                    tape.records({&x, &w, &b}) ? &saved : nullptr);
  return tape.record("linear", {&x, &w, &b}, std::move(y), std::move(saved), linear_backward);
}

Linear::Linear(Context& ctx, int64_t in, int64_t out, bool with_bias) {
  weight = {.name = "weight", .value = ctx.zeros({out, in})};
  add_parameter(weight);
  if (!with_bias) return;
  bias = {.name = "bias", .value = ctx.zeros({out}), .decay = false};
  add_parameter(bias);
}

Value Linear::forward(Tape& tape, const Value& x) {
  return linear(tape, x, weight.on(tape), bias.value ? bias.on(tape) : Value());
}

}  // namespace lienet
