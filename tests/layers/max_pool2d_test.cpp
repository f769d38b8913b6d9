#include "layers/max_pool2d.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("max_pool2d") {
  for (const Pool2dOptions& o :
       {Pool2dOptions{}, Pool2dOptions{3, 2, 1}, Pool2dOptions{3, 1, 0}, Pool2dOptions{4, 3, 2}}) {
    const auto op = [=](Tape& t, std::span<const Value> in) { return max_pool2d(t, in[0], o); };
    test::expect_correct({.op = op, .shapes = {{2, 3, 7, 5}}, .activations = 1});
    test::expect_correct({.op = op, .shapes = {{2, 16, 5, 6}}, .activations = 1});
    test::expect_same_on_every_backend({.op = op, .shapes = {{3, 24, 9, 11}}, .activations = 1});
  }
}

TEST_CASE("max_pool2d: the layer is the function") {
  Context ctx;
  MaxPool2d layer({3, 2, 1});
  const Value x(test::random_tensor(ctx, {2, 3, 7, 5}, 1));
  Tape tape = Tape::inference(ctx);
  test::expect_close(ctx, layer(tape, x).tensor(), max_pool2d(tape, x, layer.options()).tensor(), 0,
                     0);
}

TEST_CASE("max_pool2d names what is out of range") {
  Context ctx;
  CHECK_THROWS_AS(max_pool2d(ctx, ctx.zeros({1, 1, 4, 4}), {2, 2, 2}, nullptr), Error);
  CHECK_THROWS_AS(max_pool2d(ctx, ctx.zeros({1, 1, 1, 1}), {2, 2, 0}, nullptr), Error);
  CHECK_THROWS_AS(max_pool2d(ctx, ctx.zeros({1, 4}), {}, nullptr), Error);
  CHECK_THROWS_WITH_AS(max_pool2d(ctx, ctx.zeros({1, 1, 17, 17}), {17, 17, 0}, nullptr),
                       "max_pool2d: kernel 17; expected up to 16", Error);
}
