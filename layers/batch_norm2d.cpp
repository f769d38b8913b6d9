#include "layers/batch_norm2d.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {
namespace {

void check_inputs(const Tensor& x, const Tensor& g, const Tensor& b, const BatchNormState& state,
                  bool training) {
  if (x.shape().rank() != 4) fail("batch_norm2d: x {}; expected [N, C, H, W]", x.str());
  for (const Tensor* t : {&g, &b, &state.running_mean, &state.running_var})
    if (t->shape() != Shape{x.dim(1)})
      fail("batch_norm2d: x {} needs parameters of shape [{}], not {}", x.str(), x.dim(1),
           t->str());
  if (training && x.size() <= x.dim(1))
    fail("batch_norm2d: x {} has less than 2 values per channel; training needs them", x.str());
}

}  // namespace

Tensor batch_norm2d(Context& ctx, const Tensor& x, const Tensor& g, const Tensor& b,
                    BatchNormState& state, bool training, bool relu, BatchNormSaved* saved) {
  check_inputs(x, g, b, state, training);
  Tensor mean = training ? ctx.empty_like(g) : state.running_mean, r = ctx.empty_like(g);
  if (training)
    LIENET_DISPATCH(ctx, batch_norm2d_statistics)(ctx, x, state, mean, r);
  else
    LIENET_HOST_OR_CUDA(ctx, batch_norm2d_scale)(ctx, state.running_var, state.eps, r);
  Tensor y = ctx.empty_like(x);
  LIENET_DISPATCH(ctx, batch_norm2d)(ctx, x, g, b, mean, r, relu, y);
  // In evaluation the running mean may change before backward runs: keep its values.
  if (saved) *saved = {x, g, b, training ? mean : clone(ctx, mean), r, training, relu};
  return y;
}

void batch_norm2d_backward(Context& ctx, const BatchNormSaved& s, const Tensor& dy,
                           std::span<GradSlot> d) {
  const Tensor dy_as_x = as_layout(ctx, dy, s.x.layout());
  Tensor dg = ctx.empty_like(s.g), db = ctx.empty_like(s.g);
  if (d[1] || d[2] || s.training) LIENET_DISPATCH(ctx, batch_norm2d_sums)(ctx, s, dy_as_x, dg, db);
  if (d[0]) {
    Tensor dx = ctx.empty_like(s.x);
    LIENET_DISPATCH(ctx, batch_norm2d_backward)(ctx, s, dy_as_x, dg, db, dx);
    d[0].give(ctx, std::move(dx));
  }
  if (d[1]) d[1].give(ctx, std::move(dg));
  if (d[2]) d[2].give(ctx, std::move(db));
}

Value batch_norm2d(Tape& tape, const Value& x, const Value& g, const Value& b,
                   BatchNormState& state, bool relu) {
  BatchNormSaved saved;
  Tensor y =
      batch_norm2d(tape.context(), x.tensor(), g.tensor(), b.tensor(), state,
                   tape.options().training, relu, tape.records({&x, &g, &b}) ? &saved : nullptr);
  return tape.record(relu ? "batch_norm2d_relu" : "batch_norm2d", {&x, &g, &b}, std::move(y),
                     std::move(saved),
                     [](Context& ctx, const BatchNormSaved& s, const Tensor& dy,
                        std::span<GradSlot> d) { batch_norm2d_backward(ctx, s, dy, d); });
}

BatchNorm2d::BatchNorm2d(Context& ctx, int64_t channels, double momentum, double eps)
    : momentum_(momentum), eps_(eps) {
  weight = {.name = "weight", .value = ctx.empty({channels}), .decay = false};
  bias = {.name = "bias", .value = ctx.zeros({channels}), .decay = false};
  running_mean = {"running_mean", ctx.zeros({channels})};
  running_var = {"running_var", ctx.empty({channels})};
  num_batches_tracked = {"num_batches_tracked", ctx.empty_on_host({}, DType::i64)};
  fill(ctx, num_batches_tracked.value, 0);
  fill(ctx, weight.value, 1);
  fill(ctx, running_var.value, 1);
  add_parameter(weight);
  add_parameter(bias);
  add_buffer(running_mean);
  add_buffer(running_var);
  add_buffer(num_batches_tracked);
}

Value BatchNorm2d::forward(Tape& tape, const Value& x) {
  if (tape.options().training)
    tape.context().each_step([this] { ++*num_batches_tracked.value.data<int64_t>(); });
  BatchNormState state{running_mean.value, running_var.value, momentum_, eps_};
  return batch_norm2d(tape, x, weight.on(tape), bias.on(tape), state, relu);
}

}  // namespace lienet
