// What lateral inhibition adds to a training step.
#pragma once

#include <span>

#include "tools/bench/in_turns.h"
#include "tools/bench/training_step.h"

namespace lienet {

// A step without inhibition, then one with each of these, as --inhibit takes them. Every one trains
// a network of its own.
std::vector<Timed> time_inhibitions(const StepBench& bench,
                                    std::span<const std::string> inhibitions);

}  // namespace lienet
