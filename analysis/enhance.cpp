#include "analysis/enhance.h"

#include <algorithm>

#include "analysis/background.h"
#include "analysis/blur.h"
#include "analysis/on_host.h"
#include "analysis/quantile.h"
#include "analysis/saliency.h"

namespace lienet {

void EnhanceOptions::check() const {
  if (!(rate >= 0 && rate < 1)) fail("enhancement: rate {}; expected 0 <= rate < 1", rate);
  if (!(blur_sigma >= 0 && blur_sigma <= largest_blur))
    fail("enhancement: sigma {}; expected 0 (no blur) to {}", blur_sigma, largest_blur);
}

Enhanced enhance(Context& ctx, Layer& network, const Tensor& images,
                 std::span<const int64_t> classes, const EnhanceOptions& options) {
  options.check();
  Saliency looked = saliency(ctx, network, images, classes,
                             {.methods = {SaliencyMethod::li_map}, .li_map = options.li_map});
  const int64_t N = images.dim(0), H = images.dim(2), W = images.dim(3), n = H * W;
  Enhanced e{.logits = std::move(looked.logits),
             .classes = std::move(looked.classes),
             .map = std::move(looked.maps[0].map),
             .thresholds = ctx.empty_on_host({N}, ctx.dtype()),
             .mask = ctx.empty_on_host({N, 1, H, W}, DType::u8),
             .images = {}};
  for_floating(e.map.dtype(), [&]<class T>(T) {
#pragma omp parallel for schedule(static) num_threads(ctx.threads())
    for (int64_t s = 0; s < N; ++s) {
      const std::vector<T> f(e.map.data<T>() + s * n, e.map.data<T>() + (s + 1) * n);
      const T q = quantile(f, options.rate);
      e.thresholds.data<T>()[s] = q;
      std::transform(f.begin(), f.end(), e.mask.data<uint8_t>() + s * n,
                     [&](T v) { return options.rate == 0 || !(v <= q); });
    }
  });
  e.images = blur_background(ctx, plain_on_host(ctx, images), e.mask, options.blur_sigma);
  return e;
}

}  // namespace lienet
