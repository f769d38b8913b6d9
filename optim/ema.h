// Exponential moving average of a model's parameters and buffers: Polyak & Juditsky, 1992, with the
// warm-up of TensorFlow's ExponentialMovingAverage.
//   average = d * average + (1 - d) * value,  d = min(decay, (1 + t) / (10 + t))
// t is the number of earlier updates; the average begins as the model is. Integers (BatchNorm's
// num_batches_tracked) are copied.
#pragma once

#include <string>
#include <vector>

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

// A tensor of the model and its average; both keep their storage.
struct EmaPart {
  Tensor value, average;
};

class Ema {
 public:
  // Throws Error unless 0 <= decay < 1. The context outlives it.
  Ema(Context& ctx, Layer& model, double decay = 0.9999);

  void restart();  // the average begins again, as the model now is
  void update();   // after each step of the optimiser
  // "ema.conv1.weight": its average; "ema.updates": t, i64 []. Shares storage, so that copying into
  // it restores the averages.
  std::vector<NamedTensor> state() const;

 private:
  friend class AveragedModel;
  void exchange() noexcept;

  Context& ctx_;
  double decay_;
  std::vector<std::string> paths_;
  std::vector<EmaPart> parts_;                // one for each path, of which these are
  std::vector<EmaPart> floating_, integers_;  // averaged, where the model is; copied, on the host
  Tensor updates_;                            // t, on the host
  Tensor share_;                              // 1 - d, f64 [1], where the kernels read it
  bool exchanged_ = false;
};

// While it lives the model has the averages: its tensors hold their values in their own storage.
// None of restart(), update() and state() may be called meanwhile.
class AveragedModel {
 public:
  explicit AveragedModel(Ema& ema);
  ~AveragedModel() { ema_.exchange(); }
  AveragedModel(const AveragedModel&) = delete;
  AveragedModel& operator=(const AveragedModel&) = delete;

 private:
  Ema& ema_;
};

// ema_update: average += share * (value - average), floating; share f64 [1]. ema_exchange: value
// and average change places.
LIENET_HOST_AND_CUDA(void ema_update(Context& ctx, const Tensor& share,
                                     std::span<const EmaPart> parts);
                     void ema_exchange(Context& ctx, std::span<const EmaPart> parts);)

}  // namespace lienet
