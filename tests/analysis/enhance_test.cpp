#include "analysis/enhance.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/blur.h"
#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "models/resnet.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("blur: the taps are a normalised bell, and the edge is repeated") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .poison = true});
  Tensor point = ctx.zeros({1, 1, 1, 9});
  point.data<double>()[4] = 1;
  const Tensor bell = gaussian_blur(ctx, point, 1);
  double total = 0;
  for (int64_t i = 0; i < 9; ++i) total += bell.data<double>()[i];
  CHECK(total == doctest::Approx(1));
  CHECK(bell.data<double>()[5] / bell.data<double>()[4] == doctest::Approx(std::exp(-0.5)));
  CHECK(bell.data<double>()[7] / bell.data<double>()[4] == doctest::Approx(std::exp(-4.5)));
  CHECK(bell.data<double>()[8] == 0);  // beyond ceil(3 sigma)
  Tensor edge = ctx.zeros({1, 1, 1, 9});
  edge.data<double>()[0] = 1;
  const Tensor folded = gaussian_blur(ctx, edge, 1);
  CHECK(folded.data<double>()[0] / folded.data<double>()[1] ==
        doctest::Approx((1 + std::exp(-0.5)) / (std::exp(-0.5) + std::exp(-2))));
  Tensor constant = ctx.empty({2, 3, 4, 5});
  fill(ctx, constant, 0.3);
  test::expect_close(ctx, gaussian_blur(ctx, constant, 2.5), constant, 1e-14, 0);
  CHECK_THROWS_AS(gaussian_blur(ctx, constant, 0), Error);
}

TEST_CASE("enhance: the share kept is sharp, the rest blurred; a constant image stays") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .seed = 3, .poison = true});
  ResNet net(ctx, {.depths = {1, 1}, .width = 4, .classes = 5});
  Tensor pixels = test::random_tensor(ctx, {2, 3, 9, 8}, 4, 0, 1);
  std::fill_n(pixels.data<double>() + 3 * 72, 3 * 72, 0.25);
  Tensor labels = ctx.zeros({2}, DType::i64);
  const Tensor blurred = gaussian_blur(ctx, pixels, 1.5);
  const Enhanced e = enhance(ctx, net, pixels, labels, {}, {.rate = 0.75, .blur_sigma = 1.5});
  int64_t kept = 0;
  for (int64_t i = 0; i < 3 * 72; ++i) {
    const bool keep = e.mask.data<uint8_t>()[i % 72];
    CHECK(e.pixels.data<double>()[i] == (keep ? pixels : blurred).data<double>()[i]);
    if (i < 72) kept += keep;
  }
  CHECK(kept == 18);
  for (int64_t i = 3 * 72; i < 6 * 72; ++i)
    CHECK(e.pixels.data<double>()[i] == doctest::Approx(0.25));
  CHECK_THROWS_AS(enhance(ctx, net, pixels, labels, {}, {.rate = 1}), Error);
}
