#include "layers/inhibit_filter.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace lienet {
namespace {

// What scipy.ndimage calls gaussian_laplace: the sampled Gaussian, normalised over 4 sigma, and its
// second derivative; here their responses along one axis to a unit impulse at the centre of s
// points.
struct ImpulseResponse {
  std::vector<double> smooth, second;
};

ImpulseResponse impulse_response(double sigma, int size) {
  const int radius = static_cast<int>(std::lround(4 * sigma));
  const double variance = sigma * sigma;
  double total = 0;
  for (int i = -radius; i <= radius; ++i) total += std::exp(-0.5 * i * i / variance);
  ImpulseResponse r{std::vector<double>(static_cast<size_t>(size)),
                    std::vector<double>(static_cast<size_t>(size))};
  for (int at = 0; at < size; ++at)
    for (int i = -radius; i <= radius; ++i) {
      if (padded_index(at + i, size, FilterPadding::symmetric) != size / 2) continue;
      const double g = std::exp(-0.5 * i * i / variance) / total;
      r.smooth[static_cast<size_t>(at)] += g;
      r.second[static_cast<size_t>(at)] += g * (i * i / variance - 1) / variance;
    }
  return r;
}

// 1-D taps whose products sum to the filter: taps[y][x] = sum_r column_r[y] * row_r[x].
std::vector<std::pair<std::vector<double>, std::vector<double>>> separable_taps(
    const LogFilter& filter, int size) {
  const auto n = static_cast<size_t>(size);
  if (filter.taps == FilterTaps::impulse) {
    const auto [smooth, second] = impulse_response(filter.sigma, size);
    return {{second, smooth}, {smooth, second}};
  }
  // -1/(pi sigma^4) [1 - (x^2+y^2)/(2 sigma^2)] exp(-(x^2+y^2)/(2 sigma^2)), with the bracket split
  // into its halves in x and in y.
  std::vector<double> bell(n), curved(n);
  const double scale = -1 / (std::numbers::pi * std::pow(filter.sigma, 4));
  for (size_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(i) - (size - 1) / 2.0;
    const double q = x * x / (2 * filter.sigma * filter.sigma);
    bell[i] = std::exp(-q);
    curved[i] = scale * (0.5 - q) * bell[i];
  }
  return {{curved, bell}, {bell, curved}};
}

// The n x n matrix that applies 1-D taps to a padded line.
std::vector<double> padded_matrix(const std::vector<double>& taps, int64_t n,
                                  FilterPadding padding) {
  std::vector<double> m(static_cast<size_t>(n * n));
  const auto half = static_cast<int64_t>(taps.size() / 2);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t t = 0; t < static_cast<int64_t>(taps.size()); ++t) {
      const int64_t j = padded_index(i + t - half, n, padding);
      if (j >= 0) m[static_cast<size_t>(i * n + j)] += taps[static_cast<size_t>(t)];
    }
  return m;
}

double largest_of(const std::vector<double>& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest;
}

}  // namespace

int64_t padded_index(int64_t i, int64_t n, FilterPadding padding) {
  if (padding == FilterPadding::zero) return i >= 0 && i < n ? i : -1;
  if (n == 1) return 0;
  const int64_t period = padding == FilterPadding::reflect ? 2 * (n - 1) : 2 * n;
  i = (i % period + period) % period;
  if (i < n) return i;
  return padding == FilterPadding::reflect ? period - i : period - 1 - i;
}

std::vector<double> filter_taps(const LogFilter& filter, int size) {
  const auto n = static_cast<size_t>(size);
  std::vector<double> taps(n * n);
  for (const auto& [column, row] : separable_taps(filter, size))
    for (size_t y = 0; y < n; ++y)
      for (size_t x = 0; x < n; ++x) taps[y * n + x] += column[y] * row[x];
  if (filter.zero_sum) {
    const double mean =
        std::accumulate(taps.begin(), taps.end(), 0.0) / static_cast<double>(taps.size());
    for (double& t : taps) t -= mean;
  }
  return taps;
}

std::vector<SeparableTerm> separable_filter(const LogFilter& filter, int64_t height,
                                            int64_t width) {
  const int size = filter.size_on(height, width);
  std::vector<SeparableTerm> terms;
  double total = 0;
  for (const auto& [column, row] : separable_taps(filter, size)) {
    terms.push_back(
        {padded_matrix(column, height, filter.padding), padded_matrix(row, width, filter.padding)});
    total += std::accumulate(column.begin(), column.end(), 0.0) *
             std::accumulate(row.begin(), row.end(), 0.0);
  }
  if (filter.zero_sum) {
    const std::vector<double> ones(static_cast<size_t>(size), 1.0);
    const std::vector<double> mean(static_cast<size_t>(size), -total / size / size);
    terms.push_back(
        {padded_matrix(mean, height, filter.padding), padded_matrix(ones, width, filter.padding)});
  }
  return terms;
}

ScaledFilter scaled_filter(const LogFilter& filter, int64_t height, int64_t width) {
  ScaledFilter scaled{separable_filter(filter, height, width), 0};
  for (const SeparableTerm& t : scaled.terms)
    scaled.scale = std::max(scaled.scale, largest_of(t.rows) * largest_of(t.columns));
  for (SeparableTerm& t : scaled.terms) {
    const double columns = largest_of(t.columns), rows = columns / scaled.scale;
    for (double& v : t.rows) v *= rows;
    for (double& v : t.columns) v *= 1 / columns;
  }
  return scaled;
}

}  // namespace lienet
