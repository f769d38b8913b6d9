// Optimizer: changes a model's parameters by their gradients. The learning rate is set from
// outside, see schedule.h.
#pragma once

#include <vector>

#include "engine/context.h"
#include "engine/named_tensor.h"

namespace lienet {

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  double learning_rate() const { return learning_rate_; }
  void set_learning_rate(double rate);  // throws Error unless it is finite and 0 or more

  // One step for every parameter that has a gradient; gradients stay as they are. `skip`, where
  // given, is i64 [1] beside them: nothing changes unless it is 0.
  virtual void step(const Tensor& skip = {}) = 0;
  // What a checkpoint holds beside the model, by unique names. Tensors share their storage with the
  // optimiser, so that copying into them restores it.
  virtual std::vector<NamedTensor> state() const = 0;

 protected:
  // The context outlives the optimiser.
  Optimizer(Context& ctx, double learning_rate) : ctx_(ctx) { set_learning_rate(learning_rate); }

  Context& ctx_;

 private:
  double learning_rate_ = 0;
};

}  // namespace lienet
