// The threshold of the Gradient Mask on the cpu: quantiles of 16 maps at a time, one in each lane.
// Internal.
#pragma once

#include "engine/cpu/isa.h"

namespace lienet::cpu {

// delta [n] becomes |delta|; q the rate-quantile of each lane's magnitudes, linear between order
// statistics. By bisection until as many values lie below as should, or the one value is found at
// which too many tie.
void quantiles(Bits* delta, int64_t n, double rate, Lanes& q);

}  // namespace lienet::cpu
