// Clipping of gradients by their norm, as torch.nn.utils.clip_grad_norm_.
//   norm = l2 norm over the gradients of all parameters together
//   dw   = dw * min(1, max_norm / (norm + 1e-6))
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

// The norm before clipping, f64 [1] where the gradients are, the same for any number of threads.
// Where it is not finite the gradients stay as they are: clipping cannot mend them, the caller has
// to stop. Throws Error unless max_norm is above 0.
Tensor clip_gradient_norm(Context& ctx, Layer& model, double max_norm);

// clip_gradients: each of `to` becomes the clipped gradient of the same place; it may be the same.
LIENET_HOST_AND_CUDA(void gradient_norm(Context& ctx, std::span<const Tensor> gradients,
                                        Tensor& norm);
                     void clip_gradients(Context& ctx, const Tensor& norm, double max_norm,
                                         std::span<const Tensor> gradients, std::span<Tensor> to);)

}  // namespace lienet
