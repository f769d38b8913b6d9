// Stochastic gradient descent, as torch.optim.SGD.
//   d = dw + weight_decay * w
//   v = momentum * v + d                 (v = d at the first step; dampening 0)
//   w = w - lr * (d + momentum * v)      with Nesterov's momentum;  w - lr * v  without
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "layers/layer.h"

namespace lienet {

struct SgdOptions {
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 0;
  bool nesterov = false;
  bool decay_all = true;  // also BatchNorm's parameters and biases, as torch does
};

class Sgd {
 public:
  // Throws Error where an option is out of range.
  Sgd(Context& ctx, Layer& model, const SgdOptions& options);

  void set_learning_rate(double lr) { options_.lr = lr; }
  double learning_rate() const { return options_.lr; }
  // One step for every parameter that has a gradient; gradients stay as they are.
  void step();
  // "conv1.weight" -> its v: what a checkpoint holds. Shares storage.
  std::vector<std::pair<std::string, Tensor>> state() const;

 private:
  struct Slot {
    std::string path;
    Parameter* parameter;
    Tensor velocity;  // zeros before the first step, which is the same as v = d there
  };

  SgdOptions options_;
  std::vector<Slot> slots_;
};

}  // namespace lienet
