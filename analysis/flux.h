// Gradient flux sensitivity: how unlike its surroundings a gradient is from place to place. Of the
// complete gradient g [N,C,u,v] of a layer's output, with the filter of engine/inhibition.h in
// equation 2's scale:
//   flux = |LoG * g_c|, for each sample and channel by itself
#pragma once

#include <optional>

#include "engine/inhibition.h"

namespace lienet {

struct Flux {
  double mean = 0;               // over samples, channels and positions
  std::optional<double> kept{};  // of its sum what the mask keeps, 0 to 1; none where that is 0
};

// `mask`, where given, is u8 [N,K,u,v] on the host, as of MaskRecord; the gradient is that before
// it. The same bits for any number of threads. Throws Error unless rank is 4 and K divides C.
Flux gradient_flux(Context& ctx, const Tensor& gradient, const LogFilter& filter,
                   const Tensor& mask = {});

}  // namespace lienet
