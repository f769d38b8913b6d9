// Pixels in 0..1 and what a network is given: x = (pixel - mean) / deviation, for each channel.
#pragma once

#include "datasets/channel_stats.h"
#include "engine/context.h"

namespace lienet {

// pixels [N,3,H,W] -> x, in the context's type, plain, on the host.
Tensor normalise(Context& ctx, const Tensor& pixels, const ChannelStats& stats);

// dL/dx -> dL/dpixels = dL/dx / deviation.
Tensor gradient_by_pixels(Context& ctx, const Tensor& dx, const ChannelStats& stats);

}  // namespace lienet
