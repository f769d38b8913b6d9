// The training loop: from a configuration, a data set and a run's directory to trained weights.
#pragma once

#include <functional>
#include <string>

#include "datasets/open.h"
#include "tools/training/progress.h"
#include "tools/training/run_directory.h"

namespace lienet {

struct TrainHooks {
  std::function<bool()> stop{};                   // asked after each step; true: save and return
  std::function<void(const std::string&)> say{};  // notes of one line
  std::FILE* progress = nullptr;                  // where the lines of Progress go; null: nowhere
  bool terminal = false;                          // whether that is a terminal
};

struct TrainOutcome {
  bool finished = false;  // false: stopped, with a checkpoint written
  int64_t epochs = 0;     // finished
  int64_t best_epoch = 0;
  Metric metric = Metric::top1;
  double best_score = 0, last_score = 0;  // test, percent
};

// Trains run.config(), from the beginning or, where the directory has a checkpoint, from there.
// Equal configurations, data and threads give equal weights, bit for bit, wherever a run was
// interrupted; on Device::cuda, whose plans are otherwise chosen by their time, only with
// `deterministic`, and whatever the threads. Throws Error where options do not fit the data or the
// model, and within one step of a loss or gradient that is not finite; the last checkpoint is then
// as it was.
TrainOutcome train(RunDirectory& run, const DataSet& data, const TrainHooks& hooks = {});

}  // namespace lienet
