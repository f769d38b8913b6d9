#include "analysis/blur.h"

#include <cmath>

#include "analysis/band.h"
#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "layers/inhibit_filter.h"

namespace lienet {
namespace {

// The n x n matrix that blurs a line.
Band blur_matrix(int64_t n, double sigma) {
  const auto radius = static_cast<int64_t>(std::ceil(3 * sigma));
  double total = 0;
  std::vector<double> m(static_cast<size_t>(n * n));
  for (int64_t t = -radius; t <= radius; ++t) {
    const double x = static_cast<double>(t) / sigma, tap = std::exp(-x * x / 2);
    total += tap;
    for (int64_t i = 0; i < n; ++i)
      m[static_cast<size_t>(i * n + padded_index(i + t, n, FilterPadding::symmetric))] += tap;
  }
  for (double& value : m) value /= total;
  return {m, n, n};
}

}  // namespace

Tensor gaussian_blur(Context& ctx, const Tensor& images, double sigma) {
  if (!(sigma > 0 && sigma <= largest_blur))
    fail("blur: sigma {}; expected more than 0, and {} at most", sigma, largest_blur);
  if (images.shape().rank() != 4) fail("blur: images {}; expected [N, C, H, W]", images.str());
  const int64_t H = images.dim(2), W = images.dim(3), n = H * W;
  const Band rows = blur_matrix(H, sigma), columns = blur_matrix(W, sigma).transposed();
  const Tensor plain = as_plain(ctx, images);
  Tensor blurred = ctx.empty_on_host(images.shape(), images.dtype());
  for_floating(images.dtype(), [&]<class T>(T) {
    const T* from = plain.data<T>();
    T* to = blurred.data<T>();
#pragma omp parallel for schedule(static) num_threads(ctx.threads())
    for (int64_t m = 0; m < images.dim(0) * images.dim(1); ++m) {
      const std::vector<double> x(from + m * n, from + (m + 1) * n);
      std::vector<double> y(static_cast<size_t>(n)), scratch;
      add_product(rows, x.data(), columns, scratch, y.data());
      for (int64_t i = 0; i < n; ++i) to[m * n + i] = static_cast<T>(y[static_cast<size_t>(i)]);
    }
  });
  return blurred;
}

}  // namespace lienet
