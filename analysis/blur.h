// Gaussian blur of images, truncated where the bell is small, the edge repeated (ba|abc|cb).
#pragma once

#include "engine/context.h"

namespace lienet {

// Taps exp(-i^2 / (2 sigma^2)) for |i| <= ceil(3 sigma), normalised to a sum of 1, along both axes.
// images [N,C,H,W], f32 or f64, on the host. Throws Error for sigma <= 0.
Tensor gaussian_blur(Context& ctx, const Tensor& images, double sigma);

}  // namespace lienet
