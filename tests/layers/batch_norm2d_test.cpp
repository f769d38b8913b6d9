#include "layers/batch_norm2d.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "op_case.h"

using namespace lienet;

namespace {

test::OpCase batch_norm_case(const Shape& x, bool training, bool relu = false) {
  const auto op = [relu](Tape& t, std::span<const Value> in) {
    Context& ctx = t.context();
    const Shape channels{in[0].shape()[1]};
    BatchNormState state{ctx.zeros(channels), ctx.zeros(channels)};
    fill(ctx, state.running_mean, 0.2);
    fill(ctx, state.running_var, 0.7);
    return batch_norm2d(t, in[0], in[1], in[2], state, relu);
  };
  return {.op = op,
          .shapes = {x, {x[1]}, {x[1]}},
          .training = training,
          .depth = x.size() / x[1],
          .activations = 1};
}

}  // namespace

TEST_CASE("batch_norm2d") {
  for (const bool training : {true, false}) {
    CAPTURE(training);
    test::expect_correct(batch_norm_case({3, 5, 4, 3}, training));
    test::expect_correct(batch_norm_case({2, 16, 3, 5}, training));
    test::expect_correct(batch_norm_case({3, 24, 1, 2}, training));
    test::expect_same_on_every_backend(batch_norm_case({5, 32, 9, 7}, training));
    test::expect_correct(batch_norm_case({3, 5, 4, 3}, training, true));
    test::expect_correct(batch_norm_case({2, 24, 3, 5}, training, true));
    test::expect_same_on_every_backend(batch_norm_case({5, 32, 9, 7}, training, true));
  }
}

TEST_CASE("batch_norm2d of values far from 0") {
  test::OpCase c = batch_norm_case({4, 16, 8, 8}, true);
  c.low = 100, c.high = 101;
  c.atol = 1e-2;  // of gradients around 300, as the weights are around 100
  test::expect_same_on_every_backend(c);
}

TEST_CASE("batch_norm2d keeps running statistics as torch does") {
  for (const Device device : {Device::ref, Device::cpu}) {
    Context ctx({.device = device});
    BatchNorm2d layer(ctx, 1);
    Tensor x = ctx.empty({1, 1, 1, 4});
    for (int i = 0; i < 4; ++i) x.data<float>()[i] = static_cast<float>(i);
    Tape tape = Tape::training(ctx);
    layer(tape, tape.constant(x));
    CHECK(layer.running_mean.value.data<float>()[0] == doctest::Approx(0.15));
    CHECK(layer.running_var.value.data<float>()[0] == doctest::Approx(0.9 + 0.1 * 5.0 / 3));
    CHECK(*layer.num_batches_tracked.value.data<int64_t>() == 1);
    Tape evaluation = Tape::inference(ctx);
    const Value y = layer(evaluation, evaluation.constant(x));
    CHECK(y.tensor().data<float>()[3] == doctest::Approx(2.85 / std::sqrt(0.9 + 0.5 / 3 + 1e-5)));
    CHECK(*layer.num_batches_tracked.value.data<int64_t>() == 1);
  }
}

TEST_CASE("batch_norm2d refuses a channel of less than two values in training") {
  Context ctx;
  BatchNorm2d layer(ctx, 3);
  Tape tape = Tape::training(ctx);
  for (const Shape& shape : {Shape{1, 3, 1, 1}, Shape{0, 3, 2, 2}, Shape{2, 3, 0, 2}}) {
    const Value x = tape.constant(ctx.zeros(shape));
    CHECK_THROWS_WITH_AS(layer(tape, x),
                         ("batch_norm2d: x f32 " + shape.str() +
                          " has less than 2 values per channel; training needs them")
                             .c_str(),
                         Error);
  }
  CHECK(layer.running_var.value.data<float>()[0] == 1);
  CHECK_THROWS_AS(layer(tape, tape.constant(ctx.zeros({2, 4, 2, 2}))), Error);
}
