// AdamW, as torch.optim.AdamW: Kingma & Ba, "Adam", 2015, with the weight decay of Loshchilov &
// Hutter, "Decoupled Weight Decay Regularization", 2019.
//   w = w - lr * weight_decay * w
//   m = beta1 * m + (1 - beta1) * dw,  v = beta2 * v + (1 - beta2) * dw^2      both begin at 0
//   w = w - lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)         t = 1, 2, ...
// One t counts the steps of all parameters, where torch has one for each; a skipped step has none.
#pragma once

#include <string>
#include <vector>

#include "engine/backend.h"
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

  void step(const Tensor& skip = {}) override;
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
  Tensor rate_;   // lr, f64 [1], where the kernels read it
  Tensor steps_;  // t, i64 [], there as well: the host does not know which steps are skipped
};

// One parameter's part of a step.
struct AdamWPart {
  Tensor gradient, m, v, weight;
  double decay;
};
// rate f64 [1]; skip as for Optimizer::step; steps i64 []: the last step's t, which becomes this
// one's.
LIENET_HOST_AND_CUDA(void adamw(Context& ctx, const AdamWOptions& options, const Tensor& rate,
                                const Tensor& skip, Tensor& steps,
                                std::span<const AdamWPart> parts);)

}  // namespace lienet
