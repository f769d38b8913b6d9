// The filter of the Gradient Mask as the GPU wants it: in single precision, scaled to O(1), which
// no mask can tell. Internal.
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "layers/inhibit.h"

namespace lienet::cuda {

struct InhibitFilter {
  // Taps beyond this distance need whole matrices.
  static constexpr int reach = 2, taps = 2 * reach + 1, row = 12;

  static constexpr int tile = 8;
  static constexpr int padded(int n) { return (n + tile - 1) / tile * tile; }

  bool narrow = false;
  int terms = 0;
  double scale = 1;  // of the true response to what these values give
  // narrow: [u] times the taps of A_0, those of A_1, and zeros up to `row` values, then [v] times
  // those of B_0 and B_1; tap t of row i is of position i + t - reach.
  // else:   for each term A_r^T [u][padded(u)] and B_r^T [v][padded(v)], zeros at each row's end.
  std::vector<float> values;
};

inline InhibitFilter make_inhibit_filter(const LogFilter& filter, int64_t u, int64_t v) {
  const std::vector<SeparableTerm> terms = separable_filter(filter, u, v);
  const auto largest_of = [](const std::vector<double>& values) {
    double largest = 0;
    for (const double x : values) largest = std::max(largest, std::abs(x));
    return largest;
  };
  InhibitFilter f;
  f.narrow = filter.size_on(u, v) <= InhibitFilter::taps && terms.size() == 2;
  f.terms = static_cast<int>(terms.size());
  f.scale = 0;
  for (const SeparableTerm& t : terms)
    f.scale = std::max(f.scale, largest_of(t.rows) * largest_of(t.columns));
  // Padding folds positions outside back to nearer ones: nothing lies beyond the reach.
  const auto add_bands = [&](const std::vector<double>& first, const std::vector<double>& second,
                             double first_scale, double second_scale, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      for (const auto& [m, scale] :
           {std::pair(&first, first_scale), std::pair(&second, second_scale)})
        for (int64_t j = i - f.reach; j <= i + f.reach; ++j)
          f.values.push_back(
              j < 0 || j >= n ? 0
                              : static_cast<float>(scale * (*m)[static_cast<size_t>(i * n + j)]));
      f.values.resize(f.values.size() + f.row - 2 * f.taps);
    }
  };
  const auto add_matrix = [&](const std::vector<double>& m, int64_t n, double scale) {
    for (int64_t l = 0; l < n; ++l)
      for (int64_t i = 0; i < f.padded(static_cast<int>(n)); ++i)
        f.values.push_back(i < n ? static_cast<float>(scale * m[static_cast<size_t>(i * n + l)])
                                 : 0);
  };
  // The two factors are balanced, so that neither is out of a float's comfortable range.
  if (f.narrow) {
    const SeparableTerm &first = terms[0], &second = terms[1];
    const double a = largest_of(first.columns), b = largest_of(second.columns);
    add_bands(first.rows, second.rows, a / f.scale, b / f.scale, u);
    add_bands(first.columns, second.columns, 1 / a, 1 / b, v);
  } else {
    for (const SeparableTerm& t : terms) {
      add_matrix(t.rows, u, largest_of(t.columns) / f.scale);
      add_matrix(t.columns, v, 1 / largest_of(t.columns));
    }
  }
  return f;
}

}  // namespace lienet::cuda
