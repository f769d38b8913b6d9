// Deletion and insertion: Petsiuk, Das, Saenko, "RISE", BMVC 2018. An image's pixels are taken away
// in the order of a map, the highest first, or put back into a baseline; the sooner the score falls
// or rises, the better the map has ranked them.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "engine/context.h"

namespace lienet {

// The scores of `steps` + 1 images, from none of the pixels replaced to all of them, both included.
// Step k has replaced the first round(k * H*W / steps) of the order.
struct ReplacementCurve {
  std::vector<double> scores;
  double area() const;  // by trapezoids over the share of pixels, 0 to 1
};

// Places of a map's pixels, the highest value first, of equals the first.
std::vector<int64_t> replacement_order(std::span<const double> map);

// from, to: images [1,C,H,W], plain, on the host. `score`: of a batch [B,C,H,W], B numbers.
// deletion goes from the image to the baseline, insertion from the baseline to the image. Throws
// Error for images of unequal shapes, an order of another length, and fewer than 1 step.
ReplacementCurve replace_pixels(
    Context& ctx, const Tensor& from, const Tensor& to, std::span<const int64_t> order,
    int64_t steps, const std::function<std::vector<double>(const Tensor& images)>& score);

}  // namespace lienet
