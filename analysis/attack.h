// The fast gradient sign method: Goodfellow, Shlens, Szegedy, "Explaining and Harnessing
// Adversarial Examples", ICLR 2015. In pixels of 0..1; the normalisation counts as the network's.
//   x' = clip(x + epsilon * sign(dL/dx), 0, 1),  sign(0) = 0
// L is the cross-entropy of the label. Nothing is inhibited in the pass: what looks like robustness
// would else be hidden gradients.
#pragma once

#include "analysis/normalise.h"
#include "layers/layer.h"

namespace lienet {

// dL/dpixels [N,3,H,W] of the mean cross-entropy; pixels in 0..1, labels i64 [N]. BatchNorm uses
// its running statistics. Changes nothing in the network.
Tensor loss_gradient(Context& ctx, Layer& network, const Tensor& pixels, const Tensor& labels,
                     const ChannelStats& stats);

// x' from the pixels and their gradient. Throws Error for a negative epsilon.
Tensor fgsm(Context& ctx, const Tensor& pixels, const Tensor& gradient, double epsilon);

}  // namespace lienet
