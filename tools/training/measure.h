// What measuring takes: a clock, this process's memory, the middle of repeated values.
#pragma once

#include <vector>

#include "engine/tensor.h"

namespace lienet {

// Seconds of a clock that never goes back.
double steady_seconds();

// The most memory that this process ever held, in MiB; on Device::cuda what of the card's is in
// use, of which a context gives nothing back before its end.
double peak_mib(Device device);

// Of an even number of values the mean of the two in the middle. NaN of none.
double median(std::vector<double> values);

}  // namespace lienet
