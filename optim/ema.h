// Exponential moving average of a model's parameters and buffers: Polyak & Juditsky, 1992, with the
// warm-up of TensorFlow's ExponentialMovingAverage.
//   average = d * average + (1 - d) * value,  d = min(decay, (1 + t) / (10 + t))
// t is the number of earlier updates; the average begins as the model is. Integers (BatchNorm's
// num_batches_tracked) are copied.
#pragma once

#include <string>
#include <vector>

#include "layers/layer.h"

namespace lienet {

class Ema {
 public:
  // Throws Error unless 0 <= decay < 1.
  Ema(Context& ctx, Layer& model, double decay = 0.9999);

  void update();  // after each step of the optimiser
  // "ema.conv1.weight": its average; "ema.updates": t, i64 []. Shares storage, so that copying into
  // it restores the averages.
  std::vector<NamedTensor> state() const;

 private:
  friend class AveragedModel;
  struct Slot {
    std::string path;
    Tensor value, average;  // value shares the model's storage
  };
  void exchange() noexcept;

  double decay_;
  std::vector<Slot> slots_;
  Tensor updates_;  // t
  bool exchanged_ = false;
};

// While it lives the model has the averages: its tensors hold their values in their own storage.
// Neither update() nor state() may be called meanwhile.
class AveragedModel {
 public:
  explicit AveragedModel(Ema& ema);
  ~AveragedModel() { ema_.exchange(); }
  AveragedModel(const AveragedModel&) = delete;
  AveragedModel& operator=(const AveragedModel&) = delete;

 private:
  Ema& ema_;
};

}  // namespace lienet
