#include "analysis/grad_cam.h"

#include <algorithm>
#include <numeric>

#include "analysis/on_host.h"
#include "analysis/resize.h"

namespace lienet {

void GradCam::on_gradient(Context& ctx, const GradientEvent& event) {
  if (event.node != at_.node) return;
  const Tensor g = plain_on_host(ctx, event.gradient), a = plain_on_host(ctx, at_.value);
  const int64_t maps = g.dim(0) * g.dim(1), n = g.dim(2) * g.dim(3);
  weights_.assign(static_cast<size_t>(maps), 0);
  for_floating(g.dtype(), [&]<class T>(T) {
    for (int64_t m = 0; m < maps; ++m) {
      const std::span gradients(g.data<T>() + m * n, static_cast<size_t>(n));
      const std::span values(a.data<T>() + m * n, static_cast<size_t>(n));
      const double total = std::accumulate(values.begin(), values.end(), 0.0);
      double& w = weights_[static_cast<size_t>(m)];
      for (const T value : gradients)
        if (kind_ == GradCamKind::plain)
          w += double(value) / static_cast<double>(n);
        else if (value > 0)
          w += double(value) / (2 + double(value) * total);
    }
  });
}

Tensor GradCam::raw(Context& ctx) const {
  LIENET_CHECK(!weights_.empty(), "Grad-CAM: the backward pass did not come by {}", at_.layer);
  return weighted_channels(ctx, at_.value, weights_);
}

Tensor weighted_channels(Context& ctx, const Tensor& activations, std::span<const double> weights) {
  const Tensor a = plain_on_host(ctx, activations);
  const int64_t N = a.dim(0), C = a.dim(1), n = a.dim(2) * a.dim(3);
  LIENET_CHECK(std::ssize(weights) == N * C, "{} weights for {}", weights.size(), a.str());
  Tensor result = ctx.empty_on_host({N, 1, a.dim(2), a.dim(3)}, a.dtype());
  for_floating(a.dtype(), [&]<class T>(T) {
    for (int64_t s = 0; s < N; ++s) {
      std::vector<double> sum(static_cast<size_t>(n));
      for (int64_t m = s * C; m < (s + 1) * C; ++m)
        for (int64_t i = 0; i < n; ++i)
          sum[static_cast<size_t>(i)] +=
              weights[static_cast<size_t>(m)] * double(a.data<T>()[m * n + i]);
      std::transform(sum.begin(), sum.end(), result.data<T>() + s * n,
                     [](double value) { return static_cast<T>(value); });
    }
  });
  return result;
}

Tensor shown_map(Context& ctx, const Tensor& raw, int64_t height, int64_t width) {
  Tensor positive = ctx.empty_like(raw);
  for_floating(raw.dtype(), [&]<class T>(T) {
    std::transform(raw.data<T>(), raw.data<T>() + raw.size(), positive.data<T>(),
                   [](T value) { return std::max(value, T(0)); });
  });
  return resize(ctx, positive, height, width);
}

}  // namespace lienet
