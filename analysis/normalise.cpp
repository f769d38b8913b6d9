#include "analysis/normalise.h"

#include "analysis/on_host.h"

namespace lienet {
namespace {

// y = (x - shift) / scale, channel by channel.
Tensor shift_and_scale(Context& ctx, const Tensor& x, const std::array<float, 3>& shift,
                       const std::array<float, 3>& scale) {
  if (x.shape().rank() != 4 || x.dim(1) != 3)
    fail("normalise: images {}; expected [N, 3, H, W]", x.str());
  const Tensor from = plain_on_host(ctx, x);
  Tensor to = ctx.empty_on_host(x.shape(), from.dtype());
  const int64_t n = x.dim(2) * x.dim(3);
  for_floating(to.dtype(), [&]<class T>(T) {
    for (int64_t m = 0; m < x.dim(0) * 3; ++m) {
      const auto c = static_cast<size_t>(m % 3);
      for (int64_t i = m * n; i < (m + 1) * n; ++i)
        to.data<T>()[i] = (from.data<T>()[i] - T(shift[c])) / T(scale[c]);
    }
  });
  return to;
}

}  // namespace

Tensor normalise(Context& ctx, const Tensor& pixels, const ChannelStats& stats) {
  return shift_and_scale(ctx, pixels, stats.mean, stats.deviation);
}

Tensor gradient_by_pixels(Context& ctx, const Tensor& dx, const ChannelStats& stats) {
  return shift_and_scale(ctx, dx, {0, 0, 0}, stats.deviation);
}

}  // namespace lienet
