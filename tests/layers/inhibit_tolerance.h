// How far responses of the Gradient Mask in single precision may be from others.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "layers/inhibit_filter.h"

namespace lienet::test {

// Rounding of the sums that make them: relative to the largest norm and to the taps as they are
// before zero_sum, which leaves little of their responses.
inline double response_tolerance(LogFilter filter, const Tensor& norms) {
  filter.zero_sum = false;
  double taps = 0;
  for (const double t : filter_taps(filter, filter.size_on(norms.dim(2), norms.dim(3))))
    taps += std::abs(t);
  const float* d = norms.data<float>();
  return taps * double(*std::max_element(d, d + norms.size())) *
         double(std::numeric_limits<float>::epsilon());
}

}  // namespace lienet::test
