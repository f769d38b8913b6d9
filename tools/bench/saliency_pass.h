// Saliency maps, timed beside the pass that they are made in.
#pragma once

#include "tools/bench/in_turns.h"
#include "tools/bench/training_step.h"

namespace lienet {

// First "pass": forward, and backward to the images and to all parameters, in evaluation mode. Then
// "pass_without_parameters", then each method of saliency alone, by its name, then "all".
std::vector<Timed> time_saliency(const StepBench& bench);

}  // namespace lienet
