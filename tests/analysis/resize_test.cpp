#include "analysis/resize.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "op_case.h"

using namespace lienet;

namespace {

Tensor maps_of(Context& ctx, const Shape& shape, const std::vector<double>& values) {
  Tensor t = ctx.empty(shape);
  std::copy(values.begin(), values.end(), t.data<double>());
  return t;
}

}  // namespace

TEST_CASE("resize: half-pixel centres, the edge repeated") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .poison = true});
  const Tensor map = maps_of(ctx, {1, 1, 3, 3}, {1, 2, 0, 3, 4, 0, 0, 0, 0});
  const Tensor big = resize(ctx, map, 6, 6);
  const std::vector<double> row(big.data<double>(), big.data<double>() + 6);
  CHECK(row == std::vector<double>{1, 1.25, 1.75, 1.5, 0.5, 0});
  test::expect_close(ctx, resize(ctx, map, 3, 3), map, 0, 0);
}

TEST_CASE("resize: each axis on its own, every map, up and down, constants stay") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .poison = true});
  const Tensor maps = maps_of(ctx, {2, 1, 1, 2}, {0, 4, 8, 8});
  const Tensor wide = resize(ctx, maps, 2, 4);
  test::expect_close(ctx, wide,
                     maps_of(ctx, {2, 1, 2, 4}, {0, 1, 3, 4, 0, 1, 3, 4, 8, 8, 8, 8, 8, 8, 8, 8}),
                     0, 1e-15);
  test::expect_close(ctx, resize(ctx, wide, 1, 2), maps_of(ctx, {2, 1, 1, 2}, {.5, 3.5, 8, 8}), 0,
                     1e-15);
}

TEST_CASE("resize: what is no map is refused") {
  Context ctx;
  CHECK_THROWS_AS(resize(ctx, ctx.zeros({3, 3}), 6, 6), Error);
  CHECK_THROWS_AS(resize(ctx, ctx.zeros({1, 1, 3, 3}), 0, 6), Error);
}
