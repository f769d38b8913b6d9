#include "optim/clip.h"

#include "engine/dispatch.h"
#include "optim/changed_gradients.h"

namespace lienet {

Tensor clip_gradient_norm(Context& ctx, Layer& model, double max_norm) {
  if (!(max_norm > 0)) fail("gradient clipping: norm {}; expected above 0", max_norm);
  ChangedGradients gradients(ctx, model);
  Tensor norm = ctx.empty({1}, DType::f64);
  LIENET_HOST_OR_CUDA(ctx, gradient_norm)(ctx, gradients.from, norm);
  LIENET_HOST_OR_CUDA(ctx, clip_gradients)(ctx, norm, max_norm, gradients.from, gradients.to);
  return norm;
}

}  // namespace lienet
