// Data enhancement: Jiang, Liu, Xiao, Chua, "Gradient Mask", algorithm 2. Of each image, what its
// network does not look at is blurred:
//   F = LI-Map of the true label's logit, Q = the rate-quantile of F over its H x W, linear between
//   order statistics, M = F > Q, and in pixels, before normalisation, x' = M x + (1 - M) blur(x)
#pragma once

#include "analysis/li_map.h"
#include "analysis/normalise.h"
#include "layers/layer.h"

namespace lienet {

struct EnhanceOptions {
  double rate = 0.5;      // the share blurred, in [0, 1)
  double blur_sigma = 2;  // pixels
  LiMapOptions li_map{};
};

struct Enhanced {
  Tensor map;         // F [N,1,H,W]
  Tensor thresholds;  // Q [N]
  Tensor mask;        // M [N,1,H,W], u8
  Tensor pixels;      // x' [N,3,H,W]
};

// pixels [N,3,H,W] in 0..1; labels i64 [N]. Changes nothing in the network: neither statistics nor
// gradients. Throws Error for a rate or a sigma out of range.
Enhanced enhance(Context& ctx, Layer& network, const Tensor& pixels, const Tensor& labels,
                 const ChannelStats& stats, const EnhanceOptions& options);

}  // namespace lienet
