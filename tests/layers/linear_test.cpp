#include "layers/linear.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("linear") {
  const auto with = [](Tape& t, std::span<const Value> in) {
    return linear(t, in[0], in[1], in[2]);
  };
  const auto without = [](Tape& t, std::span<const Value> in) {
    return linear(t, in[0], in[1], Value());
  };
  test::expect_correct({.op = with, .shapes = {{3, 7}, {5, 7}, {5}}, .depth = 7});
  test::expect_correct({.op = without, .shapes = {{1, 4}, {9, 4}}, .depth = 9});
  test::expect_same_on_every_backend(
      {.op = with, .shapes = {{65, 130}, {33, 130}, {33}}, .depth = 130});
}

TEST_CASE("linear names what does not fit") {
  Context ctx;
  CHECK_THROWS_WITH_AS(
      linear(ctx, ctx.zeros({2, 3}), ctx.zeros({4, 5}), {}, nullptr),
      "linear: x f32 [2, 3] does not fit weight f32 [4, 5]; expected [N, I] and [O, I]", Error);
}
