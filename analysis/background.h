// What lies behind the objects of an image, blurred: how much does a network need of it?
#pragma once

#include <span>
#include <vector>

#include "datasets/box.h"
#include "engine/context.h"

namespace lienet {

// 1 at the pixels of an image's boxes, 0 at the others: u8 [N,1,height,width], on the host. What of
// a box lies outside of the image does not count.
Tensor object_mask(Context& ctx, std::span<const std::vector<PixelBox>> boxes, int64_t height,
                   int64_t width);

// M x + (1 - M) blur(x), see blur.h; with sigma 0 the images themselves.
// images [N,C,H,W], f32 or f64, on the host; mask u8 [N,1,H,W], likewise. The taps of the blur sum
// to 1, so that normalised images come out as if their pixels had been blurred. Throws Error for a
// sigma outside [0, largest_blur].
Tensor blur_background(Context& ctx, const Tensor& images, const Tensor& mask, double sigma);

}  // namespace lienet
