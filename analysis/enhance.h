// Data enhancement: Jiang, Liu, Xiao, Chua, "Gradient Mask", algorithm 2. Of each image, what its
// network does not look at is blurred:
//   F = LI-Map of the true label's logit, Q = the rate-quantile of F over its H x W, linear between
//   order statistics, M = F > Q, and in pixels, before normalisation, x' = M x + (1 - M) blur(x)
#pragma once

#include <span>
#include <vector>

#include "analysis/li_map.h"
#include "layers/layer.h"

namespace lienet {

struct EnhanceOptions {
  double rate = 0.5;      // the share blurred, in [0, 1); 0: nothing is
  double blur_sigma = 2;  // pixels; 0: no blur
  LiMapOptions li_map{};

  void check() const;  // throws Error for a value out of range
};

// In the host's memory.
struct Enhanced {
  Tensor logits;                 // [N,K]
  std::vector<int64_t> classes;  // [N], whose logit was looked at
  Tensor map;                    // F [N,1,H,W]
  Tensor thresholds;             // Q [N]
  Tensor mask;                   // M [N,1,H,W], u8; 1, too, where F is NaN
  Tensor images;                 // x' [N,3,H,W]
};

// images [N,3,H,W], normalised, in any memory: see blur_background() for why they need not be
// pixels. `classes`: one for each image, or none for the class of the largest logit. Nothing is
// inhibited in this pass, and nothing changes in the network: neither statistics nor gradients.
Enhanced enhance(Context& ctx, Layer& network, const Tensor& images,
                 std::span<const int64_t> classes, const EnhanceOptions& options);

}  // namespace lienet
