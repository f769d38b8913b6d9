// AdamW, as torch.optim.AdamW: Kingma & Ba, "Adam", 2015, with the weight decay of Loshchilov &
// Hutter, "Decoupled Weight Decay Regularization", 2019.
//   w = w - lr * weight_decay * w
//   m = beta1 * m + (1 - beta1) * dw,  v = beta2 * v + (1 - beta2) * dw^2      both begin at 0
//   w = w - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)         t = 1, 2, ...
// One t counts the steps of all parameters, where torch has one for each.
#pragma once

#include <string>
#include <vector>

#include "layers/layer.h"
#include "optim/optimizer.h"

namespace lienet {

struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0.01;
  bool decay_all = true;  // also BatchNorm's parameters and biases, as torch does
};

class AdamW final : public Optimizer {
 public:
  // Throws Error where an option is out of range.
  AdamW(Context& ctx, Layer& model, const AdamWOptions& options);

  void step() override;
  // "exp_avg.conv1.weight": its m; "exp_avg_sq.conv1.weight": its v; "step": t, i64 [].
  std::vector<NamedTensor> state() const override;

 private:
  struct Slot {
    std::string path;
    Parameter* parameter;
    Tensor m, v;
  };

  AdamWOptions options_;
  std::vector<Slot> slots_;
  Tensor steps_;  // t
};

}  // namespace lienet
