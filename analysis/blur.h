// Gaussian blur of images, truncated where the bell is small, the edge repeated (ba|abc|cb).
#pragma once

#include "engine/context.h"

namespace lienet {

inline constexpr double largest_blur = 1000;  // sigma

// Taps exp(-i^2 / (2 sigma^2)) for |i| <= ceil(3 sigma), normalised to a sum of 1, along both axes.
// images [N,C,H,W], f32 or f64, on the host. Throws Error for a sigma outside (0, largest_blur].
Tensor gaussian_blur(Context& ctx, const Tensor& images, double sigma);

}  // namespace lienet
