#include "optim/ema.h"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "layers/batch_norm2d.h"
#include "two_parameters.h"

using namespace lienet;
using test::TwoParameters;
using test::values_of;

TEST_CASE("ema: warm-up, then the decay") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx);
  Ema ema(ctx, model, 0.15);
  // d = 1/10, then 2/11 and 3/12 are above 0.15
  double expected = 0;
  for (const auto& [d, value] : {std::pair{0.1, 8.0}, {0.15, -2.0}, {0.15, 5.0}}) {
    fill(ctx, model.a.value, value);
    ema.update();
    expected = d * expected + (1 - d) * value;
    CHECK(values_of(ema.state()[0].tensor)[2] == doctest::Approx(expected));
    CHECK(values_of(model.a.value)[2] == value);
  }
  CHECK(values_of(ema.state()[1].tensor) == std::vector<double>{0, 0});
}

TEST_CASE("ema: buffers are averaged, integers copied, names are the model's") {
  Context ctx({.dtype = DType::f32});
  BatchNorm2d norm(ctx, 3);
  Ema ema(ctx, norm, 0.5);
  fill(ctx, norm.running_mean.value, 10);
  fill(ctx, norm.num_batches_tracked.value, 7);
  ema.update();
  const std::vector<NamedTensor> state = ema.state();
  REQUIRE(state.size() == 6);
  CHECK(state[0].name == "ema.weight");
  CHECK(state[2].name == "ema.running_mean");
  CHECK(state[2].tensor.data<float>()[2] == doctest::Approx(9));
  CHECK(state[4].name == "ema.num_batches_tracked");
  CHECK(*state[4].tensor.data<int64_t>() == 7);
  CHECK(state[5].name == "ema.updates");
  CHECK(state[5].tensor.shape() == Shape{});
  CHECK(*state[5].tensor.data<int64_t>() == 1);
}

TEST_CASE("ema goes on from a copy of its state as if it had not stopped") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx);
  Ema first(ctx, model), second(ctx, model);
  fill(ctx, model.a.value, 3);
  first.update();
  const std::vector<NamedTensor> from = first.state();
  std::vector<NamedTensor> to = second.state();
  for (size_t i = 0; i < from.size(); ++i) copy(ctx, from[i].tensor, to[i].tensor);
  fill(ctx, model.a.value, -1);
  first.update();
  second.update();
  CHECK(values_of(second.state()[0].tensor) == values_of(first.state()[0].tensor));
  CHECK(values_of(second.state()[0].tensor)[0] == doctest::Approx(2.7 * 2 / 11 - 9.0 / 11));
}

TEST_CASE("ema: for a while the model has the averages, in its own storage") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx);
  Ema ema(ctx, model);
  fill(ctx, model.a.value, 10);
  ema.update();
  const Tensor same = model.a.value;  // as an optimiser's or a layer's handle
  {
    const AveragedModel averaged(ema);
    CHECK(model.a.value.shares_storage(same));
    CHECK(values_of(same) == std::vector<double>{9, 9, 9});
    CHECK_THROWS_AS(ema.update(), Error);
    CHECK_THROWS_AS(ema.state(), Error);
    CHECK_THROWS_AS(AveragedModel{ema}, Error);
    CHECK(values_of(same) == std::vector<double>{9, 9, 9});
  }
  CHECK(values_of(same) == std::vector<double>{10, 10, 10});
  CHECK(values_of(ema.state()[0].tensor) == std::vector<double>{9, 9, 9});
  try {
    const AveragedModel averaged(ema);
    throw std::runtime_error("an evaluation that fails");
  } catch (const std::runtime_error&) {
  }
  CHECK(values_of(same) == std::vector<double>{10, 10, 10});
}

TEST_CASE("ema refuses a decay out of range") {
  Context ctx;
  TwoParameters model(ctx);
  CHECK_THROWS_WITH_AS(Ema(ctx, model, 1), "EMA: decay 1; expected 0 <= decay < 1", Error);
  CHECK_THROWS_WITH_AS(Ema(ctx, model, NAN), "EMA: decay nan; expected 0 <= decay < 1", Error);
}
