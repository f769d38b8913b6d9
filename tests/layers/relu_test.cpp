#include "layers/relu.h"

#include <doctest/doctest.h>

#include "op_case.h"

using namespace lienet;

TEST_CASE("relu") {
  const auto op = [](Tape& t, std::span<const Value> in) { return relu(t, in[0]); };
  test::expect_correct({.op = op, .shapes = {{3, 5}}, .away_from_zero = 0.01, .activations = 1});
  test::expect_correct(
      {.op = op, .shapes = {{2, 16, 3, 5}}, .away_from_zero = 0.01, .activations = 1});
}
