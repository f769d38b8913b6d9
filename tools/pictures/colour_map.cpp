#include "tools/pictures/colour_map.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace lienet {
namespace {

using Lab = std::array<double, 3>;

Lab curve(double t) {
  const double lightness = 0.27 + 0.66 * t, chroma = 0.09 + 0.25 * (t - 0.4) * (t - 0.4);
  const double hue = (312 - 208 * t) * std::numbers::pi / 180;
  return {lightness, chroma * std::cos(hue), chroma * std::sin(hue)};
}

// IEC 61966-2-1.
uint8_t srgb(double linear) {
  const double c = std::clamp(linear, 0.0, 1.0);
  return byte_of(c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055);
}

Rgb rgb_of(const Lab& lab) {
  const auto cube = [](double x) { return x * x * x; };
  const double l = cube(lab[0] + 0.3963377774 * lab[1] + 0.2158037573 * lab[2]);
  const double m = cube(lab[0] - 0.1055613458 * lab[1] - 0.0638541728 * lab[2]);
  const double s = cube(lab[0] - 0.0894841775 * lab[1] - 1.2914855480 * lab[2]);
  return {srgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          srgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          srgb(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

using Table = std::array<Rgb, 256>;

// The curve's colours at equal distances.
Table make_table() {
  constexpr int steps = 4096;
  std::array<double, steps + 1> walked{};
  for (int i = 1; i <= steps; ++i) {
    const Lab a = curve(double(i - 1) / steps), b = curve(double(i) / steps);
    walked[static_cast<size_t>(i)] =
        walked[static_cast<size_t>(i - 1)] + std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
  }
  Table table;
  for (size_t k = 0; k < table.size(); ++k) {
    const double wanted = walked.back() * double(k) / double(table.size() - 1);
    const auto at = std::lower_bound(walked.begin(), walked.end(), wanted);
    table[k] = rgb_of(curve(double(at - walked.begin()) / steps));
  }
  return table;
}

}  // namespace

uint8_t byte_of(double value) {
  return static_cast<uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
}

Rgb colour_of(double value) {
  static const Table table = make_table();
  const double at = value > 0 ? std::min(value, 1.0) : 0;  // NaN is not > 0
  return table[static_cast<size_t>(std::lround(at * double(table.size() - 1)))];
}

Rgb diverging_colour_of(double value) {
  constexpr double white = 0.97, end = 0.45, chroma = 0.15, blue = 258, red = 28;  // degrees
  const double far = std::isnan(value) ? 0 : std::min(std::abs(value), 1.0);
  const double hue = (value < 0 ? blue : red) * std::numbers::pi / 180;
  return rgb_of(
      {white + far * (end - white), far * chroma * std::cos(hue), far * chroma * std::sin(hue)});
}

Rgb mix(const Rgb& a, const Rgb& b, double share) {
  const auto one = [share](uint8_t x, uint8_t y) {
    return static_cast<uint8_t>(std::lround(x + share * (y - x)));
  };
  return {one(a.r, b.r), one(a.g, b.g), one(a.b, b.b)};
}

Rgb grey_of(const Rgb& c) {
  const auto luma = static_cast<uint8_t>((299 * c.r + 587 * c.g + 114 * c.b + 500) / 1000);
  return {luma, luma, luma};
}

}  // namespace lienet
