#include "optim/sgd.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "layers/linear.h"

using namespace lienet;

namespace {

// One weight, w = 1, with dw = 0.5 at each of three steps; the figures were worked out by hand.
double after_three_steps(const SgdOptions& options) {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  Linear layer(ctx, 1, 1, false);
  fill(ctx, layer.weight.value, 1);
  Sgd sgd(ctx, layer, options);
  for (int step = 0; step < 3; ++step) {
    layer.weight.gradient = ctx.empty({1, 1});
    fill(ctx, layer.weight.gradient, 0.5);
    sgd.step();
  }
  return *layer.weight.value.data<double>();
}

}  // namespace

TEST_CASE("sgd") {
  CHECK(after_three_steps({.lr = 0.1, .momentum = 0}) == doctest::Approx(0.85));
  // v = 0.5, 0.95, 1.355
  CHECK(after_three_steps({.lr = 0.1, .momentum = 0.9}) == doctest::Approx(1 - 0.1 * 2.805));
  // d + 0.9 v = 0.95, 1.355, 1.7195
  CHECK(after_three_steps({.lr = 0.1, .momentum = 0.9, .nesterov = true}) ==
        doctest::Approx(1 - 0.1 * 4.0245));
  // w = 1, 0.93, 0.8614 with d = 0.7, 0.686, 0.67228
  CHECK(after_three_steps({.lr = 0.1, .momentum = 0, .weight_decay = 0.2}) ==
        doctest::Approx(0.794172));
  CHECK(after_three_steps({.lr = 0, .momentum = 0.9}) == 1);
}

TEST_CASE("sgd: the learning rate can be set, and the state shares storage") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  Linear layer(ctx, 1, 1, false);
  fill(ctx, layer.weight.value, 1);
  Sgd sgd(ctx, layer, {.lr = 0.1, .momentum = 0.5});
  std::vector<NamedTensor> state = sgd.state();
  REQUIRE(state.size() == 1);
  CHECK(state[0].name == "momentum.weight");
  fill(ctx, state[0].tensor, 4);  // as a checkpoint does
  sgd.set_learning_rate(0.25);
  CHECK(sgd.learning_rate() == 0.25);
  layer.weight.gradient = ctx.empty({1, 1});
  fill(ctx, layer.weight.gradient, 1);
  sgd.step();
  CHECK(*layer.weight.value.data<double>() == 1 - 0.25 * 3);
  CHECK(*state[0].tensor.data<double>() == 3);
  CHECK_THROWS_WITH_AS(sgd.set_learning_rate(-1), "optimiser: learning rate -1; expected 0 or more",
                       Error);
}

TEST_CASE("sgd: weight decay of biases, too, or of weights alone") {
  for (const bool all : {true, false}) {
    Context ctx({.device = Device::ref, .dtype = DType::f64});
    Linear layer(ctx, 1, 1);
    Sgd sgd(ctx, layer, {.lr = 0.5, .momentum = 0, .weight_decay = 0.25, .decay_all = all});
    for (Parameter* p : {&layer.weight, &layer.bias}) {
      fill(ctx, p->value, 1);
      p->gradient = ctx.zeros(p->value.shape());
    }
    sgd.step();
    CHECK(*layer.weight.value.data<double>() == 0.875);
    CHECK(*layer.bias.value.data<double>() == (all ? 0.875 : 1));
  }
}

TEST_CASE("sgd refuses options out of range") {
  Context ctx;
  Linear layer(ctx, 1, 1);
  CHECK_THROWS_AS(Sgd(ctx, layer, {.lr = -1}), Error);
  CHECK_THROWS_AS(Sgd(ctx, layer, {.momentum = 1}), Error);
  CHECK_THROWS_AS(Sgd(ctx, layer, {.momentum = 0, .nesterov = true}), Error);
}
