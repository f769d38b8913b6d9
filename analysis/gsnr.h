// The gradient's signal to noise ratio: Liu et al., "Understanding Why Neural Networks Generalize
// Well Through GSNR of Parameters", ICLR 2020. Of each element of a parameter, over samples i with
// the gradients g_i = dL_i/dw of their own losses:
//   GSNR = mean(g)^2 / var(g),  var with division by N
#pragma once

#include <span>
#include <string>
#include <vector>

#include "layers/layer.h"

namespace lienet {

struct GradientMoments {
  std::string name;       // "layer1.0.conv1.weight"
  Tensor mean, variance;  // f64, of the parameter's shape, on the host
};

// Mean and variance one sample at a time (Welford, "Note on a Method for Calculating Corrected Sums
// of Squares and Products", 1962).
class MomentsSum {
 public:
  explicit MomentsSum(size_t elements) : mean_(elements), squares_(elements) {}
  void add(std::span<const double> sample);
  std::span<const double> mean() const { return mean_; }
  std::vector<double> variance() const;

 private:
  int64_t count_ = 0;
  std::vector<double> mean_, squares_;
};

// Of the convolutions' weights, in the model's order, over the samples x [N,3,H,W], normalised, and
// labels i64 [N], with the cross-entropy as the loss. BatchNorm uses its running statistics.
// `inhibit`: with the layers' inhibition. Releases the network's gradients.
std::vector<GradientMoments> gradient_moments(Context& ctx, Layer& network, const Tensor& x,
                                              const Tensor& labels, bool inhibit = false);

// The mean of mean^2 / variance over all elements whose gradients vary.
double gsnr(const GradientMoments& moments);

}  // namespace lienet
