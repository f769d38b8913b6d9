#include "analysis/enhance.h"

#include <algorithm>
#include <cmath>

#include "analysis/background.h"
#include "analysis/blur.h"
#include "analysis/on_host.h"
#include "analysis/saliency.h"

namespace lienet {
namespace {

// Linear between order statistics, as torch.quantile. NaN counts as the largest.
template <class T>
T quantile(std::span<const T> values, double rate) {
  std::vector<T> sorted(values.begin(), values.end());
  const auto less = [](T a, T b) { return a < b || (std::isnan(b) && !std::isnan(a)); };
  const double at = rate * static_cast<double>(sorted.size() - 1);
  const auto below = sorted.begin() + static_cast<std::ptrdiff_t>(at);
  std::nth_element(sorted.begin(), below, sorted.end(), less);
  const double t = at - std::floor(at);
  if (t == 0) return *below;
  const T above = *std::min_element(below + 1, sorted.end(), less);
  return static_cast<T>(*below + t * (above - *below));
}

}  // namespace

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
      const std::span<const T> f(e.map.data<T>() + s * n, static_cast<size_t>(n));
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
