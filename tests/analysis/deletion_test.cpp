#include "analysis/deletion.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "engine/tensor_ops.h"

using namespace lienet;

namespace {

// The sum of each image's pixels.
std::vector<double> sums(const Tensor& images) {
  std::vector<double> result;
  const int64_t n = images.size() / images.dim(0);
  for (int64_t i = 0; i < images.dim(0); ++i) {
    double sum = 0;
    for (int64_t k = 0; k < n; ++k) sum += images.data<double>()[i * n + k];
    result.push_back(sum);
  }
  return result;
}

Context in_double() {
  return Context({.device = Device::ref, .dtype = DType::f64, .poison = true});
}

}  // namespace

TEST_CASE("deletion and insertion of a sum of inputs, zero baseline") {
  Context ctx = in_double();
  Tensor image = ctx.zeros({1, 1, 2, 2});
  const double values[] = {.4, .3, .2, .1};
  std::copy_n(values, 4, image.data<double>());
  const Tensor zero = ctx.zeros({1, 1, 2, 2});
  const std::vector<int64_t> order = replacement_order(values);
  CHECK(order == std::vector<int64_t>{0, 1, 2, 3});
  const ReplacementCurve deletion = replace_pixels(ctx, image, zero, order, 2, sums);
  CHECK(deletion.scores.size() == 3);
  CHECK(deletion.scores.front() == doctest::Approx(1));
  CHECK(deletion.scores.back() == 0);
  CHECK(deletion.area() == doctest::Approx(0.4));
  CHECK(replace_pixels(ctx, zero, image, order, 2, sums).area() == doctest::Approx(0.6));
}

TEST_CASE("deletion: of equal values the first goes first; all channels go; any number of steps") {
  CHECK(replacement_order(std::vector<double>{1, 2, 2, 0}) == std::vector<int64_t>{1, 2, 0, 3});
  Context ctx = in_double();
  Tensor image = ctx.empty({1, 3, 5, 7});
  fill(ctx, image, 1);
  const Tensor zero = ctx.zeros({1, 3, 5, 7});
  const std::vector<int64_t> order = replacement_order(std::vector<double>(35, 1.0));
  const ReplacementCurve curve = replace_pixels(ctx, image, zero, order, 35, sums);
  REQUIRE(curve.scores.size() == 36);
  for (int64_t k = 0; k <= 35; ++k) CHECK(curve.scores[static_cast<size_t>(k)] == 3 * (35 - k));
  CHECK_THROWS_AS(replace_pixels(ctx, image, ctx.zeros({1, 3, 5, 6}), order, 2, sums), Error);
  CHECK_THROWS_AS(replace_pixels(ctx, image, zero, order, 0, sums), Error);
}
