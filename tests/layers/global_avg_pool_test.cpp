#include "layers/global_avg_pool.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "layers/flatten.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("global_avg_pool") {
  const auto op = [](Tape& t, std::span<const Value> in) { return global_avg_pool(t, in[0]); };
  test::expect_correct({.op = op, .shapes = {{3, 5, 4, 3}}, .activations = 1});
  test::expect_correct({.op = op, .shapes = {{2, 32, 3, 5}}, .activations = 1});
}

TEST_CASE("global_avg_pool refuses maps without a value") {
  Context ctx;
  CHECK_THROWS_WITH_AS(global_avg_pool(ctx, ctx.zeros({2, 3, 0, 4}), nullptr),
                       "global_avg_pool: x f32 [2, 3, 0, 4] has maps without a value", Error);
  CHECK_THROWS_AS(global_avg_pool(ctx, ctx.zeros({2, 3}), nullptr), Error);
}

TEST_CASE("flatten") {
  const auto op = [](Tape& t, std::span<const Value> in) { return flatten(t, in[0]); };
  test::expect_correct({.op = op, .shapes = {{2, 16, 3, 5}}});
  test::expect_correct({.op = op, .shapes = {{3, 5, 2, 1}}});
}
