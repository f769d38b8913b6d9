#include "optim/adamw.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "two_parameters.h"

using namespace lienet;
using test::TwoParameters;
using test::values_of;

namespace {

const std::vector<std::vector<double>> gradients{{0.5, -1, 0}, {0.25, 3, 1e-9}, {-2, 0.125, 4}};

// w = (1, -2, 0.5) after three steps with those gradients.
std::vector<double> after_three_steps(const AdamWOptions& options) {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx);
  model.a.value = model.tensor({1, -2, 0.5});
  AdamW adamw(ctx, model, options);
  for (const auto& g : gradients) {
    model.a.gradient = model.tensor(g);
    adamw.step();
    CHECK(values_of(model.a.gradient) == g);
  }
  return values_of(model.a.value);
}

void check_equal(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-13));
}

}  // namespace

TEST_CASE("adamw: PyTorch 1.13.1 gives the same") {
  check_equal(after_three_steps({}), {0.9984593120765833, -1.9998411627323744, 0.49929703211361});
  check_equal(
      after_three_steps({.lr = 0.1, .beta1 = 0.8, .beta2 = 0.9, .eps = 1e-3, .weight_decay = 0.5}),
      {0.7276876248338734, -1.7179794285983538, 0.36124767089618365});
  check_equal(after_three_steps({.lr = 0.1, .weight_decay = 0}),
              {0.8489282454888429, -1.9901147074374546, 0.4312031472061065});
}

TEST_CASE("adamw: one step by hand, in f32, with a changed rate") {
  Context ctx;
  TwoParameters model(ctx);
  fill(ctx, model.a.value, 2);
  fill(ctx, model.b.value, 2);
  AdamW adamw(ctx, model, {.weight_decay = 0.5, .decay_all = false});
  adamw.set_learning_rate(0.25);
  model.a.gradient = ctx.empty({3});
  model.b.gradient = ctx.empty({2});
  fill(ctx, model.a.gradient, -7);
  fill(ctx, model.b.gradient, 7);
  adamw.step();
  // m / (1 - beta1) = dw and v / (1 - beta2) = dw^2: the first step is lr long.
  CHECK(model.a.value.data<float>()[2] == doctest::Approx(2 - 0.25 * 0.5 * 2 + 0.25));
  CHECK(model.b.value.data<float>()[1] == doctest::Approx(2 - 0.25));
}

TEST_CASE("adamw: a parameter without a gradient stays") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx);
  model.a.value = model.tensor({1, 2, 3});
  AdamW adamw(ctx, model, {.lr = 0.1});
  model.b.gradient = model.tensor({1, 1});
  adamw.step();
  CHECK(values_of(model.a.value) == std::vector<double>{1, 2, 3});
  CHECK(values_of(model.b.value)[0] < 0);
}

TEST_CASE("adamw: a step that is skipped changes nothing, and is not counted") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx), spared(ctx);
  AdamW adamw(ctx, model, {.lr = 0.1}), other(ctx, spared, {.lr = 0.1});
  Tensor skip = ctx.zeros({1}, DType::i64);
  for (const auto& g : gradients)
    for (const int64_t bad : {2, 0}) {
      *skip.data<int64_t>() = bad;
      model.a.gradient = model.tensor(bad ? std::vector<double>{NAN, 1, INFINITY} : g);
      adamw.step(skip);
      if (bad) continue;
      spared.a.gradient = spared.tensor(g);
      other.step();
      CHECK(values_of(model.a.value) == values_of(spared.a.value));
    }
  CHECK(*adamw.state()[4].tensor.data<int64_t>() == 3);
}

TEST_CASE("adamw goes on from a copy of its state as if it had not stopped") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx), resumed(ctx);
  AdamW first(ctx, model, {.lr = 0.1}), second(ctx, resumed, {.lr = 0.1});
  for (size_t step = 0; step < gradients.size(); ++step) {
    if (step == 2) {
      copy(ctx, model.a.value, resumed.a.value);
      const std::vector<NamedTensor> from = first.state();
      std::vector<NamedTensor> to = second.state();
      REQUIRE(from.size() == 5);
      const char* names[] = {"exp_avg.a", "exp_avg.b", "exp_avg_sq.a", "exp_avg_sq.b", "step"};
      for (size_t i = 0; i < from.size(); ++i) {
        CHECK(from[i].name == names[i]);
        copy(ctx, from[i].tensor, to[i].tensor);
      }
      CHECK(to[4].tensor.shape() == Shape{});
      CHECK(*to[4].tensor.data<int64_t>() == 2);
      resumed.a.gradient = resumed.tensor(gradients[step]);
      second.step();
    }
    model.a.gradient = model.tensor(gradients[step]);
    first.step();
  }
  CHECK(values_of(resumed.a.value) == values_of(model.a.value));
}

TEST_CASE("adamw refuses options out of range") {
  Context ctx;
  TwoParameters model(ctx);
  const auto of = [&](const AdamWOptions& options) { AdamW(ctx, model, options); };
  CHECK_THROWS_WITH_AS(of({.lr = -1}), "optimiser: learning rate -1; expected 0 or more", Error);
  CHECK_THROWS_WITH_AS(of({.beta1 = 1}), "AdamW: beta 1; expected 0 <= beta < 1", Error);
  CHECK_THROWS_WITH_AS(of({.beta2 = NAN}), "AdamW: beta nan; expected 0 <= beta < 1", Error);
  CHECK_THROWS_WITH_AS(of({.eps = -1}), "AdamW: eps -1; expected 0 or more", Error);
  CHECK_THROWS_WITH_AS(of({.weight_decay = -1}), "AdamW: weight decay -1; expected 0 or more",
                       Error);
}
