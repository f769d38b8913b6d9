#include "layers/global_avg_pool.h"

#include <doctest/doctest.h>

#include "layers/flatten.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("global_avg_pool") {
  const auto op = [](Tape& t, std::span<const Value> in) { return global_avg_pool(t, in[0]); };
  test::expect_correct({.op = op, .shapes = {{3, 5, 4, 3}}, .activations = 1});
  test::expect_correct({.op = op, .shapes = {{2, 32, 3, 5}}, .activations = 1});
}

TEST_CASE("flatten") {
  const auto op = [](Tape& t, std::span<const Value> in) { return flatten(t, in[0]); };
  test::expect_correct({.op = op, .shapes = {{2, 16, 3, 5}}});
  test::expect_correct({.op = op, .shapes = {{3, 5, 2, 1}}});
}
