// Clipping of gradients by their norm, as torch.nn.utils.clip_grad_norm_.
//   norm = l2 norm over the gradients of all parameters together
//   dw   = dw * min(1, max_norm / (norm + 1e-6))
#pragma once

#include "layers/layer.h"

namespace lienet {

// The norm before clipping, the same for any number of threads. Where it is not finite the
// gradients stay as they are: clipping cannot mend them, the caller has to stop. Throws Error
// unless max_norm is above 0.
double clip_gradient_norm(Context& ctx, Layer& model, double max_norm);

}  // namespace lienet
