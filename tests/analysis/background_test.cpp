#include "analysis/background.h"

#include <doctest/doctest.h>

#include "analysis/blur.h"
#include "analysis/normalise.h"
#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("background: boxes are 1, both ends inclusive, and what lies outside does not count") {
  Context ctx({.device = Device::ref, .poison = true});
  const std::vector<std::vector<PixelBox>> boxes{
      {{1, 0, 2, 1}, {2, 1, 4, 1}}, {}, {{-2, -1, 0, 0}, {3, 2, 9, 9}, {7, 0, 8, 1}}};
  const Tensor mask = object_mask(ctx, boxes, 3, 5);
  const uint8_t expected[] = {0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0,  //
                              0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  //
                              1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
  REQUIRE(mask.shape() == Shape{3, 1, 3, 5});
  for (int64_t i = 0; i < mask.size(); ++i) CHECK(mask.data<uint8_t>()[i] == expected[i]);
}

TEST_CASE("background: blurred where the mask is 0, and only there") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .poison = true});
  const Tensor x = test::random_tensor(ctx, {2, 3, 7, 9}, 1);
  const Tensor blurred = gaussian_blur(ctx, x, 1);
  const std::vector<std::vector<PixelBox>> boxes{{{2, 3, 5, 6}}, {{0, 0, 8, 6}}};
  const Tensor mask = object_mask(ctx, boxes, 7, 9);
  const Tensor y = blur_background(ctx, x, mask, 1);
  for (int64_t i = 0; i < x.size(); ++i) {
    const bool keep = mask.data<uint8_t>()[i / (3 * 63) * 63 + i % 63];
    CHECK(y.data<double>()[i] == (keep ? x : blurred).data<double>()[i]);
  }
  test::expect_close(ctx, blur_background(ctx, x, mask, 0), x, 0, 0);
  Tensor constant = ctx.empty({2, 3, 7, 9});
  fill(ctx, constant, 0.3);
  test::expect_close(ctx, blur_background(ctx, constant, mask, 8), constant, 1e-14, 0);
  CHECK_THROWS_AS(blur_background(ctx, x, mask, -1), Error);
  CHECK_THROWS_AS(blur_background(ctx, x, object_mask(ctx, boxes, 9, 7), 1), Error);
  CHECK_THROWS_WITH_AS(blur_background(ctx, x, ctx.zeros({2, 1, 7, 9}), 1),
                       "background: mask f64 [2, 1, 7, 9]; expected u8, in the host's memory",
                       Error);
}

TEST_CASE("background: whether pixels are blurred before or after normalisation is the same") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  const ChannelStats stats{{0.5f, 0.4f, 0.3f}, {0.25f, 0.2f, 0.3f}};
  const Tensor pixels = test::random_tensor(ctx, {1, 3, 8, 8}, 1, 0, 1);
  const std::vector<std::vector<PixelBox>> boxes{{{2, 3, 5, 6}}};
  const Tensor mask = object_mask(ctx, boxes, 8, 8);
  test::expect_close(ctx, normalise(ctx, blur_background(ctx, pixels, mask, 2), stats),
                     blur_background(ctx, normalise(ctx, pixels, stats), mask, 2), 0, 1e-14);
}
