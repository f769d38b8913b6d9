#include "layers/dropout.h"

#include <doctest/doctest.h>

#include <vector>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("dropout") {
  const auto op = [](Tape& t, std::span<const Value> in) { return dropout(t, in[0], 0.3); };
  for (const bool training : {true, false}) {
    test::expect_correct({.op = op, .shapes = {{3, 7}}, .training = training});
    test::expect_correct({.op = op, .shapes = {{2, 16, 3, 5}}, .training = training});
  }
}

TEST_CASE("dropout drops its share, and another at every step and place") {
  Context ctx({.seed = 4});
  Tensor x = ctx.empty({100, 100});
  fill(ctx, x, 1);
  const auto run = [&](uint32_t step, uint32_t stream) {
    ctx.set_position(0, step);
    DropoutSaved saved;
    const Tensor y = dropout(ctx, x, 0.25, stream, saved);
    return std::vector<float>(y.data<float>(), y.data<float>() + y.size());
  };
  const std::vector<float> y = run(0, 0);
  double sum = 0;
  for (const float v : y) sum += v;
  CHECK(sum / 1e4 == doctest::Approx(1).epsilon(0.03));
  CHECK(run(0, 0) == y);
  CHECK(run(1, 0) != y);
  CHECK(run(0, 1) != y);
  DropoutSaved saved;
  CHECK_THROWS_AS(dropout(ctx, x, 1, 0, saved), Error);
}
