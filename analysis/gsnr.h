// The gradient's signal to noise ratio: Liu et al., "Understanding Why Neural Networks Generalize
// Well Through GSNR of Parameters", ICLR 2020. Of each element of a parameter, over samples i with
// the gradients g_i = dL_i/dw of their own losses:
//   GSNR = mean(g)^2 / var(g),  var with division by N
// Of mini-batches of m samples only the mean gradient is known, whose variance is var(g) / m:
//   GSNR ~ mean(b)^2 / (m var(b)),  over the gradients b of the steps of a training
// Both are too large by 1/N for N samples in all, and the second also by what the weights' changes
// meanwhile do to the gradient.
#pragma once

#include <vector>

#include "layers/layer.h"
#include "optim/step_moments.h"

namespace lienet {

// Of the convolutions' weights, in the model's order, over the samples x [N,3,H,W], normalised, and
// labels i64 [N], with the cross-entropy as the loss. BatchNorm uses its running statistics.
// `inhibit`: with the layers' inhibition; random masks of sample i are those of step i of an epoch.
// Releases the network's gradients, and leaves the context at the last sample's step: see
// Context::set_position(). Sums are of the weights' type.
std::vector<GradientMoments> gradient_moments(Context& ctx, Layer& network, const Tensor& x,
                                              const Tensor& labels, bool inhibit = false);

// The estimate of the same from mini-batches: the variance is m times that of the steps.
std::vector<GradientMoments> gradient_moments(const StepMoments& steps);

// The mean of mean^2 / variance over all elements whose gradients vary.
double gsnr(const GradientMoments& moments);

}  // namespace lienet
