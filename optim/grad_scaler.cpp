#include "optim/grad_scaler.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "optim/changed_gradients.h"

namespace lienet {

GradScaler::GradScaler(Context& ctx, const GradScalerOptions& options)
    : ctx_(ctx),
      options_(options),
      scale_(ctx.empty({1}, DType::f32)),
      good_steps_(ctx.zeros({1}, DType::i64)) {
  if (!(options.initial > 0 && options.growth >= 1 && options.backoff > 0 && options.backoff < 1 &&
        options.interval >= 1))
    fail("loss scaling from {}, times {} every {} steps, times {}: out of range", options.initial,
         options.growth, options.interval, options.backoff);
  fill(ctx, scale_, options.initial);
}

Tensor GradScaler::unscale(Layer& model) {
  ChangedGradients gradients(ctx_, model);
  Tensor found = ctx_.empty({1}, DType::i64);
  LIENET_HOST_OR_CUDA(ctx_, unscale)(ctx_, scale_, gradients.from, gradients.to, found);
  return found;
}

void GradScaler::update(const Tensor& skipped) {
  LIENET_HOST_OR_CUDA(ctx_, update_scale)(ctx_, options_, skipped, scale_, good_steps_);
}

std::vector<NamedTensor> GradScaler::state() const {
  return {{"scale", scale_}, {"good_steps", good_steps_}};
}

}  // namespace lienet
