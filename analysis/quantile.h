// Quantiles. Internal.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace lienet {

// The q-quantile, 0 <= q <= 1, linear between order statistics, as torch.quantile. NaN counts as
// the largest; of nothing it is NaN.
template <class T>
T quantile(std::vector<T> values, double q) {
  if (values.empty()) return std::numeric_limits<T>::quiet_NaN();
  const auto less = [](T a, T b) { return a < b || (std::isnan(b) && !std::isnan(a)); };
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(at);
  std::nth_element(values.begin(), below, values.end(), less);
  const double t = at - std::floor(at);
  if (t == 0) return *below;
  const T above = *std::min_element(below + 1, values.end(), less);
  return static_cast<T>(*below + t * (above - *below));
}

}  // namespace lienet
