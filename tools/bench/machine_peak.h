// What this machine can do at most, measured with the threads that compute: what a step's speed is
// a share of.
#pragma once

#include "engine/context.h"

namespace lienet {

struct MachinePeak {
  double gflops = 0;              // of products of large matrices, in the type of the activations
  double copy_gb_per_second = 0;  // read and written, of memory that no cache holds
};

// On Device::cpu. The best of several runs each, half a second in all.
MachinePeak measure_peak(Context& ctx);
// copy_gb_per_second alone, in the memory of any device.
double measure_copy(Context& ctx);

}  // namespace lienet
