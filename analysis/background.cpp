#include "analysis/background.h"

#include <algorithm>

#include "analysis/blur.h"
#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

Tensor object_mask(Context& ctx, std::span<const std::vector<PixelBox>> boxes, int64_t height,
                   int64_t width) {
  Tensor mask = ctx.empty_on_host({std::ssize(boxes), 1, height, width}, DType::u8);
  fill(ctx, mask, 0);
  uint8_t* image = mask.data<uint8_t>();
  for (const std::vector<PixelBox>& own : boxes) {
    for (const PixelBox& b : own) {
      const int64_t left = std::clamp<int64_t>(b.xmin, 0, width);
      const int64_t right = std::clamp<int64_t>(int64_t{b.xmax} + 1, left, width);
      for (int64_t y = std::max(b.ymin, 0); y < std::min<int64_t>(int64_t{b.ymax} + 1, height); ++y)
        std::fill(image + y * width + left, image + y * width + right, uint8_t{1});
    }
    image += height * width;
  }
  return mask;
}

Tensor blur_background(Context& ctx, const Tensor& images, const Tensor& mask, double sigma) {
  if (images.shape().rank() != 4 ||
      mask.shape() != Shape{images.dim(0), 1, images.dim(2), images.dim(3)})
    fail("background: images {} and mask {}; expected [N, C, H, W] and [N, 1, H, W]", images.str(),
         mask.str());
  if (mask.dtype() != DType::u8 || !mask.on_host())
    fail("background: mask {}; expected u8, in the host's memory", mask.str());
  const Tensor sharp = as_plain(ctx, images);
  if (sigma == 0) return sharp;
  Tensor result = gaussian_blur(ctx, sharp, sigma);
  const int64_t C = images.dim(1), n = images.dim(2) * images.dim(3);
  const uint8_t* kept = mask.data<uint8_t>();
  for_floating(images.dtype(), [&]<class T>(T) {
    const T* from = sharp.data<T>();
    T* to = result.data<T>();
#pragma omp parallel for schedule(static) num_threads(ctx.threads())
    for (int64_t m = 0; m < images.dim(0) * C; ++m) {
      const uint8_t* keep = kept + m / C * n;
      for (int64_t i = 0; i < n; ++i)
        if (keep[i]) to[m * n + i] = from[m * n + i];
    }
  });
  return result;
}

}  // namespace lienet
