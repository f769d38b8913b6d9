// On made-up images, timed: a training step (forward, backward, SGD), or an evaluation.
#pragma once

#include "tools/bench/op_times.h"
#include "tools/training/config.h"

namespace lienet {

struct StepBench {
  TrainConfig config;  // of which model, inhibition, batch, precision and threads count
  int64_t classes = 100, image = 32;
  int steps = 6, warmup = 2;
};

struct StepTimes {
  int threads = 0;              // that computed
  double to_first_step = 0;     // seconds from the start of the process to the end of that step
  std::vector<double> seconds;  // of each step after the warm-up
  // In seconds, of as many steps whose ops were watched, all together: where they went. They are
  // forward, loss, backward and SGD alone, without the counts of what is right and what is not
  // finite that a training's steps make. On the host these are the same steps. On the GPU they are
  // others, and none of them is replayed.
  double watched = 0;
  std::deque<OpTime> ops;
  double zero_gradients = 0, optimizer = 0;
  double peak_mib = 0;    // see tools/training/measure.h
  double operations = 0;  // floating-point, of one step; a convolution's are those of direct ones

  double rest() const;  // in none of these: the end of the tape, the watching
};

// Throws Error where the options do not fit each other.
StepTimes time_training_step(const StepBench& bench);
// A step is the evaluation of a batch. Nothing is recorded, so that no op has a time of its own.
StepTimes time_evaluation(const StepBench& bench);

// Made-up images f32 [B,3,H,W] in -1..1 and labels i64 [B], on the device.
struct BenchImages {
  Tensor images, labels;
};
BenchImages make_images(Context& ctx, const StepBench& bench);

}  // namespace lienet
