// What a training says while it runs: a live line on a terminal, and a line for each epoch.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>

#include "tools/training/measure.h"
#include "tools/training/metrics.h"

namespace lienet {

struct ProgressState {
  int epoch = 1, epochs = 1;    // the first epoch is 1
  int64_t step = 0, steps = 1;  // done, of this epoch
  double loss = 0;              // of this epoch so far, as the score, in percent; NaN: not shown
  double score = 0;
  Metric metric = Metric::top1;
  double images_per_second = 0;
  double seconds_left = not_measured;  // of the whole run
};

// "epoch  3/10  [=====>    ]  loss 1.234  top-1 61.2 %  4,065 images/s  12 min left" in at
// most `width` columns of ASCII: where it is narrow the bar shrinks, then parts are left out.
std::string progress_line(const ProgressState& state, int width);

// "epoch  3/10  loss 1.234  top-1 61.2 %  test loss 1.301  top-1 59.8 %  lr 0.0800  12.3 s
// 4,065 images/s" on one line; without the test's part where there was no test.
std::string summary_line(const EpochMetrics& metrics, int epochs);

// An average in which what is older counts less: each value after the first has a weight of
// `share`, but never less than that of the plain average.
class MovingAverage {
 public:
  explicit MovingAverage(double share) : share_(share) {}
  void add(double value);
  double value() const { return value_; }  // NaN before the first

 private:
  double share_, value_ = not_measured;
  int64_t count_ = 0;
};

// Estimates when a run ends from the average time of a step and of what lies between two epochs
// (tests, checkpoints). Times are seconds of any clock.
class TimeLeft {
 public:
  void begin_epoch(double now);
  void step(double now);  // after each step
  void end_epoch(double now);

  double seconds_per_step() const { return step_.value(); }
  // For that many more steps and ends of epochs; NaN before the first step.
  double seconds(int64_t steps, int64_t epoch_ends) const;

 private:
  MovingAverage step_{0.05}, between_{0.3};
  double last_ = 0;
};

// Writes both lines to `out`, which outlives it. The live line is only for a terminal; it is drawn
// at most ten times a second and is gone when the epoch ends or this object does. What cannot be
// written is lost: a training does not end with its terminal.
class Progress {
 public:
  Progress(std::FILE* out, bool terminal, int epochs, int64_t steps_per_epoch,
           std::function<double()> clock = steady_seconds);
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void begin_epoch(int epoch, int64_t steps_done = 0);  // some are where a run is resumed
  // After each step of `images` images; loss and score of the epoch so far.
  void step(int64_t images, double loss, double score, Metric metric = Metric::top1);
  void end_epoch(const EpochMetrics& metrics);

 private:
  void write(const std::string& text);
  void clear();

  std::FILE* out_;
  bool terminal_;
  std::function<double()> clock_;
  ProgressState state_;
  TimeLeft time_left_;
  MovingAverage images_{0.05};
  double drawn_ = not_measured;  // when; NaN where no line stands
};

}  // namespace lienet
