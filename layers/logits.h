// What one sample's K logits come to, on the host, in double: for losses and for what judges a
// network. Internal.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>

#include "engine/tape.h"

namespace lienet {

// log sum_k exp(x[k]), without overflow: -log p of label k is that less x[k]. K >= 1
template <class T>
double log_sum_exp(const T* x, int64_t K) {
  const double highest = double(*std::max_element(x, x + K));
  double sum = 0;
  for (int64_t k = 0; k < K; ++k) sum += std::exp(double(x[k]) - highest);
  return std::log(sum) + highest;
}

// -t log p - (1-t) log(1-p) with p = 1/(1+exp(-x)); it neither overflows nor cancels.
inline double binary_cross_entropy(double x, double t) {
  return std::max(x, 0.0) - x * t + std::log1p(std::exp(-std::fabs(x)));
}

// Whether fewer than n logits are above the label's; never where that one is not a number.
template <class T>
bool in_top(int64_t n, const T* x, int64_t K, int64_t label) {
  const T own = x[label];
  return !std::isnan(own) && std::count_if(x, x + K, [own](T v) { return v > own; }) < n;
}

// Backward of a loss whose dx for dloss = 1 is known.
void scale_gradient(Context& ctx, const Tensor& dx, const Tensor& dloss, std::span<GradSlot> d);

}  // namespace lienet
