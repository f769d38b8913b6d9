// Dynamic loss scaling for fp16, whose smallest gradients would vanish: as torch.amp.GradScaler,
// after Micikevicius et al., "Mixed Precision Training", 2018.
//   backward begins with `scale` in the place of 1, and then  dw = dw / scale
//   a step whose gradients are not all finite is skipped, and  scale = scale / 2
//   after 2000 steps that were not,                            scale = scale * 2
// All of it happens where the gradients are: nobody waits to know whether a step was skipped.
#pragma once

#include <string>
#include <vector>

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

struct GradScalerOptions {
  double initial = 65536;
  double growth = 2, backoff = 0.5;
  int64_t interval = 2000;  // steps between two growths
};

class GradScaler {
 public:
  // Throws Error where an option is out of range. The context outlives it.
  explicit GradScaler(Context& ctx, const GradScalerOptions& options = {});

  // f32 [1]: the seed of backward.
  const Tensor& scale() const { return scale_; }
  // Divides the model's gradients by the scale. Returns i64 [1]: how many of their values are not
  // finite, for Optimizer::step to skip.
  Tensor unscale(Layer& model);
  // After the step: the next one's scale.
  void update(const Tensor& skipped);
  // "scale" f32 [1], "good_steps" i64 [1]: share storage with it.
  std::vector<NamedTensor> state() const;

 private:
  Context& ctx_;
  GradScalerOptions options_;
  Tensor scale_, good_steps_;
};

// unscale: each of `to` = gradient / scale, perhaps in place; `found` i64 [1]. update_scale: the
// rule above.
LIENET_HOST_AND_CUDA(void unscale(Context& ctx, const Tensor& scale,
                                  std::span<const Tensor> gradients, std::span<Tensor> to,
                                  Tensor& found);
                     void update_scale(Context& ctx, const GradScalerOptions& options,
                                       const Tensor& skipped, Tensor& scale, Tensor& good_steps);)

}  // namespace lienet
