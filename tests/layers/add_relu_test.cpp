#include "layers/add_relu.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "layers/add.h"
#include "layers/relu.h"
#include "op_case.h"

using namespace lienet;

namespace {

test::OpCase add_relu_case(const Shape& shape) {
  const auto op = [](Tape& t, std::span<const Value> in) { return add_relu(t, in[0], in[1]); };
  return {.op = op, .shapes = {shape, shape}, .activations = 2};
}

}  // namespace

TEST_CASE("add_relu") {
  test::expect_correct(add_relu_case({2, 16, 3, 5}));
  test::expect_correct(add_relu_case({3, 7}));
  test::expect_same_on_every_backend(add_relu_case({1, 24, 17, 13}));  // several ranges
}

TEST_CASE("add_relu gives the bits of add and relu") {
  Context ctx;
  const Tensor a = test::random_tensor(ctx, {2, 3, 5, 7}, 1),
               b = test::random_tensor(ctx, {2, 3, 5, 7}, 2);
  test::expect_close(ctx, add_relu(ctx, a, b), relu(ctx, add(ctx, a, b)), 0, 0);
}

TEST_CASE("add_relu names what does not fit") {
  Context ctx;
  CHECK_THROWS_WITH_AS(add_relu(ctx, ctx.zeros({2, 3}), ctx.zeros({3, 2})),
                       "add_relu: shapes [2, 3] and [3, 2] differ", Error);
}
