// The mask alone, timed on maps like those that a model's stages end with.
#pragma once

#include "tools/bench/training_step.h"
#include "tools/training/inhibition_plan.h"

namespace lienet {

struct MaskPass {
  Inhibition inhibition;
  Shape shape;                  // of the gradient
  double bytes = 0;             // of one read and one write of it
  std::vector<double> seconds;  // of each pass after the warm-up
};
// One for each stage. Throws Error where the inhibition's sets do not divide a stage's channels.
std::vector<MaskPass> time_masks(Context& ctx, const StepBench& bench, const InhibitionPlan& plan);

}  // namespace lienet
