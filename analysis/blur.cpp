#include "analysis/blur.h"

#include <cmath>

#include "analysis/band.h"
#include "engine/check.h"
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
  return product(ctx, blur_matrix(images.dim(2), sigma), images,
                 blur_matrix(images.dim(3), sigma).transposed());
}

}  // namespace lienet
