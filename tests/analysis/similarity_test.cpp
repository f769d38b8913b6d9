#include "analysis/similarity.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "engine/error.h"
#include "engine/random.h"

using namespace lienet;

namespace {

std::vector<double> noise(size_t n, uint64_t seed) {
  Random random({.seed = seed, .use = RandomUse::test});
  std::vector<double> values(n);
  for (double& v : values) v = random.uniform(-1, 1);
  return values;
}

}  // namespace

TEST_CASE("similarity: Spearman looks at ranks, and shares those of equal values") {
  const std::vector<double> a{1, 2, 3, 4, 5}, b{5, 6, 7, 8, 7};
  CHECK(spearman(a, b) == doctest::Approx(0.820783));  // ranks 0 1 2.5 4 2.5
  CHECK(spearman(a, std::vector<double>{1, 8, 27, 64, 125}) == doctest::Approx(1));
  CHECK(spearman(a, std::vector<double>{5, 4, 3, 2, 1}) == doctest::Approx(-1));
  CHECK(spearman(a, std::vector<double>(5, 3.0)) == 0);
  CHECK_THROWS_AS(spearman(a, std::vector<double>(4, 3.0)), Error);
}

TEST_CASE("similarity: of magnitudes, a map and its negative are the same") {
  const std::vector<double> a = noise(200, 1);
  std::vector<double> negative(a);
  for (double& v : negative) v = -v;
  CHECK(spearman(a, negative) == doctest::Approx(-1));
  CHECK(spearman_of_magnitudes(a, negative) == doctest::Approx(1));
  CHECK(std::abs(spearman(a, noise(200, 2))) < 0.2);
}

TEST_CASE("similarity: SSIM is 1 for a map and itself in any scale, low for noise") {
  const std::vector<double> a = noise(20 * 17, 1);
  std::vector<double> scaled(a);
  for (double& v : scaled) v = 3 * v + 7;
  CHECK(ssim(a, scaled, 20, 17) == doctest::Approx(1));
  CHECK(std::abs(ssim(a, noise(20 * 17, 2), 20, 17)) < 0.2);
  CHECK(ssim(a, noise(20 * 17, 2), 20, 17) == ssim(noise(20 * 17, 2), a, 20, 17));
  CHECK_THROWS_AS(ssim(a, a, 17, 10), Error);
}

TEST_CASE("similarity: a map with a NaN is like none") {
  const std::vector<double> a = noise(121, 1);
  std::vector<double> bad(a);
  bad[60] = NAN;
  const char* line = "similarity: a map has values that are NaN";
  CHECK_THROWS_WITH_AS(spearman(a, bad), line, Error);
  CHECK_THROWS_WITH_AS(spearman_of_magnitudes(bad, a), line, Error);
  CHECK_THROWS_WITH_AS(ssim(a, bad, 11, 11), line, Error);
}

TEST_CASE("similarity: SSIM of one window by its formula") {
  const std::vector<double> a = noise(121, 3), b = noise(121, 4);
  const auto unit = [](const std::vector<double>& map) {
    double low = 1, high = -1;
    for (const double v : map) low = std::min(low, v), high = std::max(high, v);
    std::vector<double> result;
    for (const double v : map) result.push_back((v - low) / (high - low));
    return result;
  };
  const std::vector<double> x = unit(a), y = unit(b);
  double total = 0, mx = 0, my = 0, vx = 0, vy = 0, cov = 0;
  const auto weight = [](size_t i) {
    const double r = double(i / 11) - 5, c = double(i % 11) - 5;
    return std::exp(-(r * r + c * c) / (2 * 1.5 * 1.5));
  };
  for (size_t i = 0; i < 121; ++i) {
    total += weight(i);
    mx += weight(i) * x[i];
    my += weight(i) * y[i];
  }
  mx /= total, my /= total;
  for (size_t i = 0; i < 121; ++i) {
    vx += weight(i) / total * (x[i] - mx) * (x[i] - mx);
    vy += weight(i) / total * (y[i] - my) * (y[i] - my);
    cov += weight(i) / total * (x[i] - mx) * (y[i] - my);
  }
  const double expected =
      (2 * mx * my + 1e-4) * (2 * cov + 9e-4) / ((mx * mx + my * my + 1e-4) * (vx + vy + 9e-4));
  CHECK(ssim(a, b, 11, 11) == doctest::Approx(expected));
}
