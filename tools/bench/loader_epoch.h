// Batches alone, timed: drawn images, augmented as in training.
#pragma once

#include "tools/bench/training_step.h"

namespace lienet {

struct LoaderEpochs {
  int64_t images = 0;           // of an epoch
  std::vector<double> seconds;  // of each epoch after the warm-up
};
// A step is an epoch, so that batches made ahead of time do not count as free.
LoaderEpochs time_loader(const StepBench& bench);

}  // namespace lienet
