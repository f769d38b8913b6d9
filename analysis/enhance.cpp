#include "analysis/enhance.h"

#include <algorithm>

#include "analysis/blur.h"
#include "analysis/on_host.h"
#include "analysis/saliency.h"

namespace lienet {
namespace {

// Linear between order statistics, as torch.quantile.
template <class T>
T quantile(std::span<const T> values, double rate) {
  std::vector<T> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double at = rate * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return static_cast<T>(sorted[below] +
                        (at - static_cast<double>(below)) * (sorted[above] - sorted[below]));
}

}  // namespace

Enhanced enhance(Context& ctx, Layer& network, const Tensor& pixels, const Tensor& labels,
                 const ChannelStats& stats, const EnhanceOptions& options) {
  if (!(options.rate >= 0 && options.rate < 1))
    fail("enhancement: rate {}; expected 0 <= rate < 1", options.rate);
  const Tensor x = plain_on_host(ctx, pixels), targets = to_host(ctx, labels);
  const std::span classes(targets.data<int64_t>(), static_cast<size_t>(targets.size()));
  const Saliency result = saliency(ctx, network, normalise(ctx, x, stats), classes,
                                   {.methods = {SaliencyMethod::li_map}, .li_map = options.li_map});
  const int64_t N = x.dim(0), n = x.dim(2) * x.dim(3);
  Enhanced e{.map = result.maps[0].map,
             .thresholds = ctx.empty_on_host({N}, x.dtype()),
             .mask = ctx.empty_on_host({N, 1, x.dim(2), x.dim(3)}, DType::u8),
             .pixels = gaussian_blur(ctx, x, options.blur_sigma)};
  for_floating(x.dtype(), [&]<class T>(T) {
    for (int64_t s = 0; s < N; ++s) {
      const T* f = e.map.data<T>() + s * n;
      const T q = quantile(std::span(f, static_cast<size_t>(n)), options.rate);
      e.thresholds.data<T>()[s] = q;
      for (int64_t i = 0; i < n; ++i) {
        const bool keep = f[i] > q;
        e.mask.data<uint8_t>()[s * n + i] = keep;
        if (!keep) continue;
        for (int64_t at = s * 3 * n + i; at < (s + 1) * 3 * n; at += n)
          e.pixels.data<T>()[at] = x.data<T>()[at];
      }
    }
  });
  return e;
}

}  // namespace lienet
