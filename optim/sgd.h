// Stochastic gradient descent, as torch.optim.SGD.
//   d = dw + weight_decay * w
//   v = momentum * v + d                 (v = d at the first step; dampening 0)
//   w = w - lr * (d + momentum * v)      with Nesterov's momentum;  w - lr * v  without
#pragma once

#include <string>
#include <vector>

#include "engine/backend.h"
#include "layers/layer.h"
#include "optim/optimizer.h"

namespace lienet {

struct SgdOptions {
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 0;
  bool nesterov = false;
  bool decay_all = true;  // also BatchNorm's parameters and biases, as torch does
};

class Sgd final : public Optimizer {
 public:
  // Throws Error where an option is out of range.
  Sgd(Context& ctx, Layer& model, const SgdOptions& options);

  void step(const Tensor& skip = {}) override;
  // "momentum.conv1.weight": its v.
  std::vector<NamedTensor> state() const override;

 private:
  struct Slot {
    std::string path;
    Parameter* parameter;
    Tensor velocity;  // zeros before the first step, which is the same as v = d there
  };

  SgdOptions options_;
  std::vector<Slot> slots_;
  Tensor rate_;  // lr, f64 [1], where the kernels read it
};

// One parameter's part of a step.
struct SgdPart {
  Tensor gradient, velocity, weight;
  double decay;
};
// rate f64 [1]; skip as for Optimizer::step.
LIENET_HOST_AND_CUDA(void sgd(Context& ctx, const SgdOptions& options, const Tensor& rate,
                              const Tensor& skip, std::span<const SgdPart> parts);)

}  // namespace lienet
