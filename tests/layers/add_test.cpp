#include "layers/add.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("add") {
  test::expect_correct(
      {.op = [](Tape& t, std::span<const Value> in) { return add(t, in[0], in[1]); },
       .shapes = {{2, 16, 3, 5}, {2, 16, 3, 5}},
       .activations = 2});
}

TEST_CASE("a value added to itself gets both parts of its gradient") {
  test::expect_correct({.op =
                            [](Tape& t, std::span<const Value> in) {
                              const Value y = add(t, in[0], in[0]);
                              return add(t, y, in[0]);
                            },
                        .shapes = {{3, 5}},
                        .activations = 1});
}

TEST_CASE("add refuses to broadcast") {
  Context ctx;
  CHECK_THROWS_AS(add(ctx, ctx.zeros({2, 3}), ctx.zeros({3})), Error);
}
