// Class activation maps whose weights come from gradients, at an activation A [N,C,u,v] with the
// gradient g = dP/dA of a class's logit P:
//   raw = sum_c w_c A_c [N,1,u,v];  the map shown is ReLU(raw), resized to the image
// Grad-CAM: Selvaraju et al., "Grad-CAM", ICCV 2017:
//   w_c = mean_ij g_c
// Grad-CAM++: Chattopadhyay et al., "Grad-CAM++", WACV 2018, with the score exp(P):
//   w_c = sum_ij alpha ReLU(g),  alpha = g^2 / (2 g^2 + g^3 sum_ab A_ab)
//       = sum_ij ReLU(g) / (2 + g sum_ab A_ab), which does not underflow
#pragma once

#include "analysis/relu_outputs.h"
#include "engine/scheduler.h"

namespace lienet {

enum class GradCamKind : uint8_t { plain, plus_plus };

class GradCam final : public Observer {
 public:
  GradCam(const ReluOutput& at, GradCamKind kind) : at_(at), kind_(kind) {}
  void on_gradient(Context& ctx, const GradientEvent& event) override;
  // Raw [N,1,u,v]. Throws Error where the backward pass did not come by.
  Tensor raw(Context& ctx) const;

 private:
  ReluOutput at_;
  GradCamKind kind_;
  std::vector<double> weights_;  // [N,C]
};

// sum_c w_c A_c: activations [N,C,u,v], weights [N,C] -> [N,1,u,v].
Tensor weighted_channels(Context& ctx, const Tensor& activations, std::span<const double> weights);

// ReLU(raw) at the size of the image.
Tensor shown_map(Context& ctx, const Tensor& raw, int64_t height, int64_t width);

}  // namespace lienet
