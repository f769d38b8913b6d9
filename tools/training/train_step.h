// One step of a training: forward, backward, optimiser, average; and what came of it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analysis/prune.h"
#include "engine/replay.h"
#include "engine/scheduler.h"
#include "engine/transfer.h"
#include "optim/ema.h"
#include "optim/grad_scaler.h"
#include "optim/optimizer.h"
#include "optim/step_moments.h"
#include "tools/training/evaluate.h"

namespace lienet {

struct TrainStepOptions {
  Metric metric = Metric::top1;
  double label_smoothing = 0;
  double clip = 0;  // largest norm of the gradient; 0: any
  // On Device::cuda steps are replayed, see engine/replay.h; not with the loss of several classes,
  // part of which is worked out on the host.
  bool graph = true;
};

struct StepOutcome {
  double loss = 0;      // the batch's mean
  int64_t correct = 0;  // images whose label has the largest logit
  std::string
      not_finite{};  // "the loss", "the gradient of conv1.weight"; empty where all is finite
};

// The outcome of a step that may still be under way.
class PendingOutcome {
 public:
  StepOutcome wait() const;

 private:
  friend class TrainStep;
  Reading loss_, correct_, not_finite_;
  std::shared_ptr<const std::vector<std::string>> paths_;  // of the counts of not_finite_
};

// On the host a step is done when the call returns. On the GPU it has only been issued then: all
// that depends on its numbers happens there, and the outcome comes when it is waited for, best
// after the next step was issued. In fp16 the loss is scaled.
class TrainStep {
 public:
  // What it is given outlives it. `ema` may be null.
  TrainStep(Context& ctx, Layer& model, Optimizer& optimizer, Ema* ema,
            const TrainStepOptions& options);

  // The batch may be in the host's memory or in the device's.
  PendingOutcome operator()(const Batch& batch, std::span<Observer* const> observers = {});
  // From now on what the masks do not keep is 0 after every step. The host sees to that: no step is
  // replayed.
  void hold_zeros(PruneMasks masks) { zeros_ = std::move(masks); }
  // The network's inhibition has changed: a step that is replayed would not see it.
  void record_again() { replay_.record_again(); }
  // From now on each step adds its gradients, before they are clipped. It outlives this.
  void gather(StepMoments& moments) { moments_ = &moments; }
  // What a checkpoint holds beside the model, the optimiser and the average.
  std::vector<NamedTensor> state() const;

 private:
  struct Outputs {
    Tensor loss, correct;
    Tensor not_finite{};  // i64, a count for each of `paths`; undefined where the loss is scaled
    std::shared_ptr<const std::vector<std::string>> paths{};
  };

  bool repeats(const Batch& batch) const;
  Batch sent(const Batch& batch);
  Outputs run(const Batch& in, std::span<Observer* const> observers);
  void update(Outputs& out, int64_t images);
  PendingOutcome read(const Outputs& out);

  Context& ctx_;
  Layer& model_;
  Optimizer& optimizer_;
  Ema* ema_;
  TrainStepOptions options_;
  std::unique_ptr<GradScaler> scaler_;
  PruneMasks zeros_;
  StepMoments* moments_ = nullptr;
  Replay replay_;
  Batch inputs_;     // of the steps that are replayed, and
  Outputs outputs_;  // theirs
};

}  // namespace lienet
