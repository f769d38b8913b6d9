// The filter of the Gradient Mask: its taps, and the matrices that apply it to a padded map.
#pragma once

#include <vector>

#include "engine/inhibition.h"

namespace lienet {

// The s x s taps, row by row, in equation 2's scale.
std::vector<double> filter_taps(const LogFilter& filter, int size);

// Where tap position i (may lie outside 0..n-1) reads a line of n elements; -1: it reads zero.
// Padding wider than the line reflects as often as needed; a line of one pixel repeats it.
int64_t padded_index(int64_t i, int64_t n, FilterPadding padding);

// The filter on a u x v map as a sum of products A_r * D * B_r^T with the padding folded in: the
// Laplacian of Gaussian is two separable terms, and zero_sum a constant third.
struct SeparableTerm {
  std::vector<double> rows;     // A_r, u x u
  std::vector<double> columns;  // B_r, v x v
};
std::vector<SeparableTerm> separable_filter(const LogFilter& filter, int64_t height, int64_t width);

// The same for single precision: scaled to O(1), which no mask can tell, with both factors of a
// term in a float's comfortable range.
struct ScaledFilter {
  std::vector<SeparableTerm> terms;
  double scale = 1;  // of the true response to what these terms give
};
ScaledFilter scaled_filter(const LogFilter& filter, int64_t height, int64_t width);

}  // namespace lienet
