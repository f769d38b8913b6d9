#include "layers/sigmoid_cross_entropy.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/error.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "op_case.h"

using namespace lienet;

namespace {

Tensor row(Context& ctx, std::initializer_list<double> values) {
  Tensor t = ctx.empty({1, static_cast<int64_t>(values.size())});
  std::copy(values.begin(), values.end(), t.data<float>());
  return t;
}

// The loss of one row; its gradient goes to dx.
double loss_of(Context& ctx, const Tensor& x, const Tensor& target, std::vector<float>& dx) {
  SigmoidCrossEntropySaved saved;
  const Tensor loss = sigmoid_cross_entropy(ctx, x, target, &saved);
  dx.assign(saved.dx.data<float>(), saved.dx.data<float>() + saved.dx.size());
  return *loss.data<float>();
}

}  // namespace

TEST_CASE("sigmoid_cross_entropy") {
  const auto op = [](Tape& t, std::span<const Value> in) {
    return sigmoid_cross_entropy(t, in[0], test::random_tensor(t.context(), {3, 5}, 2, 0, 1));
  };
  // Some of its targets do not count.
  const auto partial = [](Tape& t, std::span<const Value> in) {
    Context& ctx = t.context();
    Tensor target = to_host(ctx, test::random_tensor(ctx, {3, 5}, 2, 0, 1));
    for (const int64_t i : {0, 7, 8})
      if (target.dtype() == DType::f64)
        target.data<double>()[i] = -1;
      else
        target.data<float>()[i] = -1;
    return sigmoid_cross_entropy(t, in[0], to_device(ctx, target));
  };
  test::expect_correct({.op = op, .shapes = {{3, 5}}, .low = -4, .high = 4});
  test::expect_correct({.op = partial, .shapes = {{3, 5}}, .low = -4, .high = 4});
}

TEST_CASE("sigmoid_cross_entropy: known values") {
  Context ctx;
  std::vector<float> dx;
  // x = 0: log 2 whatever the target; the gradient is (1/2 - t) / 4.
  CHECK(loss_of(ctx, row(ctx, {0, 0, 0, 0}), row(ctx, {1, 0, 0.5, 1}), dx) ==
        doctest::Approx(std::log(2.0)));
  CHECK(dx == std::vector<float>{-0.125f, 0.125f, 0, -0.125f});
  // What does not count is nothing, but the mean is still over all.
  CHECK(loss_of(ctx, row(ctx, {3, 0}), row(ctx, {-1, 0}), dx) ==
        doctest::Approx(std::log(2.0) / 2));
  CHECK(dx == std::vector<float>{0, 0.25f});
  // log(1 + e^-2)
  CHECK(loss_of(ctx, row(ctx, {2}), row(ctx, {1}), dx) == doctest::Approx(0.126928011));
}

TEST_CASE("sigmoid_cross_entropy stays finite for large logits and shows a NaN") {
  Context ctx;
  std::vector<float> dx;
  CHECK(loss_of(ctx, row(ctx, {1e4, -1e4}), row(ctx, {1, 0}), dx) == doctest::Approx(0));
  CHECK(dx == std::vector<float>{0, 0});
  CHECK(loss_of(ctx, row(ctx, {1e4, -1e4}), row(ctx, {0, 1}), dx) == doctest::Approx(1e4));
  CHECK(dx == std::vector<float>{0.5f, -0.5f});
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(loss_of(ctx, row(ctx, {nan}), row(ctx, {1}), dx)));
}

TEST_CASE("sigmoid_cross_entropy names a bad target") {
  Context ctx;
  CHECK_THROWS_WITH_AS(sigmoid_cross_entropy(ctx, ctx.zeros({1, 3}), row(ctx, {0, 1, 2}), nullptr),
                       "sigmoid_cross_entropy: target 2 of sample 0, class 2; expected 0 to 1, or "
                       "-1",
                       Error);
  CHECK_THROWS_AS(sigmoid_cross_entropy(ctx, ctx.zeros({1, 2}), row(ctx, {0, 1, 1}), nullptr),
                  Error);
  CHECK_THROWS_AS(sigmoid_cross_entropy(ctx, ctx.zeros({3}), ctx.zeros({3}), nullptr), Error);
}
