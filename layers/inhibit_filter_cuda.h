// The filter of the Gradient Mask as the GPU wants it: scaled_filter() in single precision.
// Internal.
#pragma once

#include <vector>

#include "layers/inhibit_filter.h"

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
  const ScaledFilter scaled = scaled_filter(filter, u, v);
  const std::vector<SeparableTerm>& terms = scaled.terms;
  InhibitFilter f;
  f.narrow = filter.size_on(u, v) <= InhibitFilter::taps && terms.size() == 2;
  f.terms = static_cast<int>(terms.size());
  f.scale = scaled.scale;
  // Padding folds positions outside back to nearer ones: nothing lies beyond the reach.
  const auto add_bands = [&](const std::vector<double>& first, const std::vector<double>& second,
                             int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      for (const std::vector<double>* m : {&first, &second})
        for (int64_t j = i - f.reach; j <= i + f.reach; ++j)
          f.values.push_back(
              j < 0 || j >= n ? 0 : static_cast<float>((*m)[static_cast<size_t>(i * n + j)]));
      f.values.resize(f.values.size() + f.row - 2 * f.taps);
    }
  };
  const auto add_matrix = [&](const std::vector<double>& m, int64_t n) {
    for (int64_t l = 0; l < n; ++l)
      for (int64_t i = 0; i < f.padded(static_cast<int>(n)); ++i)
        f.values.push_back(i < n ? static_cast<float>(m[static_cast<size_t>(i * n + l)]) : 0);
  };
  if (f.narrow) {
    add_bands(terms[0].rows, terms[1].rows, u);
    add_bands(terms[0].columns, terms[1].columns, v);
  } else {
    for (const SeparableTerm& t : terms) {
      add_matrix(t.rows, u);
      add_matrix(t.columns, v);
    }
  }
  return f;
}

}  // namespace lienet::cuda
