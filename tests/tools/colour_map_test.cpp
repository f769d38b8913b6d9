#include "tools/pictures/colour_map.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

using namespace lienet;

namespace {

// Ottosson 2020, from sRGB to OKLab.
std::array<double, 3> oklab(const Rgb& c) {
  const auto linear = [](uint8_t byte) {
    const double v = byte / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  const double r = linear(c.r), g = linear(c.g), b = linear(c.b);
  const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

}  // namespace

TEST_CASE("colour map: equal steps of value are equal distances for the eye, and ever lighter") {
  std::vector<double> distances;
  double total = 0;
  for (int i = 0; i < 15; ++i) {
    const auto a = oklab(colour_of(i / 15.0)), b = oklab(colour_of((i + 1) / 15.0));
    CHECK(b[0] > a[0] + 0.01);
    distances.push_back(std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
    total += distances.back();
  }
  for (const double d : distances) CHECK(d == doctest::Approx(total / 15).epsilon(0.04));
  CHECK(oklab(colour_of(0))[0] == doctest::Approx(0.27).epsilon(0.02));
  CHECK(oklab(colour_of(1))[0] == doctest::Approx(0.93).epsilon(0.02));
}

TEST_CASE("colour map: what is out of range counts as its end, NaN as 0") {
  CHECK(colour_of(-3) == colour_of(0));
  CHECK(colour_of(7) == colour_of(1));
  CHECK(colour_of(std::numeric_limits<double>::quiet_NaN()) == colour_of(0));
  CHECK(!(colour_of(0) == colour_of(1)));
}

TEST_CASE("colour map: two signs are equally far from white, and the farther the more") {
  const auto white = oklab(diverging_colour_of(0));
  CHECK(white[0] == doctest::Approx(0.97).epsilon(0.01));
  CHECK(std::hypot(white[1], white[2]) < 0.005);
  const auto far = [&](double value) {
    const auto c = oklab(diverging_colour_of(value));
    return std::hypot(c[0] - white[0], c[1] - white[1], c[2] - white[2]);
  };
  for (int i = 1; i <= 8; ++i) {
    CHECK(far(i / 8.0) == doctest::Approx(far(1) * i / 8).epsilon(0.04));
    CHECK(far(-i / 8.0) == doctest::Approx(far(i / 8.0)).epsilon(0.04));
  }
  const Rgb low = diverging_colour_of(-1), high = diverging_colour_of(1);
  CHECK(low.b > low.r + 80);
  CHECK(high.r > high.b + 80);
  CHECK(diverging_colour_of(-7) == low);
  CHECK(diverging_colour_of(std::numeric_limits<double>::infinity()) == high);
  CHECK(diverging_colour_of(std::numeric_limits<double>::quiet_NaN()) == diverging_colour_of(0));
}

TEST_CASE("colour map: mixing, and grey") {
  CHECK(mix({0, 100, 255}, {100, 0, 255}, 0.25) == Rgb{25, 75, 255});
  CHECK(grey_of({255, 255, 255}) == Rgb{255, 255, 255});
  CHECK(grey_of({0, 255, 0}) == Rgb{150, 150, 150});
}
