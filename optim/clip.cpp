#include "optim/clip.h"

#include "engine/dispatch.h"

namespace lienet {

Tensor clip_gradient_norm(Context& ctx, Layer& model, double max_norm) {
  if (!(max_norm > 0)) fail("gradient clipping: norm {}; expected above 0", max_norm);
  std::vector<Tensor> gradients, clipped;
  for (Parameter* p : model.parameters())
    if (Tensor& g = p->gradient) {
      clipped.push_back(g.unique() ? g : ctx.empty_like(g));
      gradients.push_back(std::move(g));
      g = clipped.back();
    }
  Tensor norm = ctx.empty({1}, DType::f64);
  LIENET_HOST_OR_CUDA(ctx, gradient_norm)(ctx, gradients, norm);
  LIENET_HOST_OR_CUDA(ctx, clip_gradients)(ctx, norm, max_norm, gradients, clipped);
  return norm;
}

}  // namespace lienet
