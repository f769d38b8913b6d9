#include "analysis/similarity.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "engine/check.h"

namespace lienet {
namespace {

std::vector<double> magnitudes(std::span<const double> map) {
  std::vector<double> result;
  for (const double v : map) result.push_back(std::abs(v));
  return result;
}

// From 0; equal values share the mean of their ranks.
std::vector<double> ranks(std::span<const double> map) {
  std::vector<size_t> order(map.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return map[i] < map[j]; });
  std::vector<double> result(map.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && map[order[end]] == map[order[begin]]) ++end;
    for (size_t k = begin; k < end; ++k)
      result[order[k]] = static_cast<double>(begin + end - 1) / 2;
  }
  return result;
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double ma = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mb = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

// (map - min) / (max - min); 0 where all are equal.
std::vector<double> scaled_to_unit(std::span<const double> map) {
  const auto [low, high] = std::minmax_element(map.begin(), map.end());
  std::vector<double> result;
  for (const double v : map) result.push_back(*high > *low ? (v - *low) / (*high - *low) : 0);
  return result;
}

constexpr int64_t window = 11;

// Means over the windows that lie inside: [height - 10, width - 10].
std::vector<double> window_means(const std::vector<double>& map, int64_t height, int64_t width) {
  double taps[window], total = 0;
  for (int64_t i = 0; i < window; ++i) {
    const double x = static_cast<double>(i - window / 2) / 1.5;
    total += taps[i] = std::exp(-x * x / 2);
  }
  for (double& tap : taps) tap /= total;
  const int64_t h = height - window + 1, w = width - window + 1;
  std::vector<double> rows(static_cast<size_t>(height * w)), means(static_cast<size_t>(h * w));
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < w; ++x)
      for (int64_t t = 0; t < window; ++t)
        rows[static_cast<size_t>(y * w + x)] +=
            taps[t] * map[static_cast<size_t>(y * width + x + t)];
  for (int64_t y = 0; y < h; ++y)
    for (int64_t x = 0; x < w; ++x)
      for (int64_t t = 0; t < window; ++t)
        means[static_cast<size_t>(y * w + x)] +=
            taps[t] * rows[static_cast<size_t>((y + t) * w + x)];
  return means;
}

std::vector<double> products(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result;
  for (size_t i = 0; i < a.size(); ++i) result.push_back(a[i] * b[i]);
  return result;
}

void check_comparable(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size() || a.empty())
    fail("similarity: maps of {} and {} values", a.size(), b.size());
  for (const auto& map : {a, b})
    if (std::any_of(map.begin(), map.end(), [](double v) { return std::isnan(v); }))
      fail("similarity: a map has values that are NaN");
}

}  // namespace

double spearman(std::span<const double> a, std::span<const double> b) {
  check_comparable(a, b);
  return pearson(ranks(a), ranks(b));
}

double spearman_of_magnitudes(std::span<const double> a, std::span<const double> b) {
  return spearman(magnitudes(a), magnitudes(b));
}

double ssim(std::span<const double> a, std::span<const double> b, int64_t height, int64_t width) {
  check_comparable(a, b);
  if (height < window || width < window || std::ssize(a) != height * width)
    fail("SSIM: maps of {} values, {} x {}; expected {} x {} or more", a.size(), height, width,
         window, window);
  constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
  const std::vector<double> x = scaled_to_unit(a), y = scaled_to_unit(b);
  const auto means = [&](const std::vector<double>& map) {
    return window_means(map, height, width);
  };
  const std::vector<double> mx = means(x), my = means(y), xx = means(products(x, x)),
                            yy = means(products(y, y)), xy = means(products(x, y));
  double sum = 0;
  for (size_t i = 0; i < mx.size(); ++i) {
    const double vx = xx[i] - mx[i] * mx[i], vy = yy[i] - my[i] * my[i];
    const double cov = xy[i] - mx[i] * my[i];
    sum += (2 * mx[i] * my[i] + c1) * (2 * cov + c2) /
           ((mx[i] * mx[i] + my[i] * my[i] + c1) * (vx + vy + c2));
  }
  return sum / static_cast<double>(mx.size());
}

}  // namespace lienet
