#include "datasets/mix.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace lienet {
namespace {

// Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
double gamma(Random& random, double shape) {
  const double boost = shape < 1 ? std::pow(1 - random.uniform(), 1 / shape) : 1;
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(), root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v))
      return boost * d * v;
  }
}

// For a very small alpha both draws may underflow to zero: then the share is 1, as in the limit.
double beta(Random& random, double alpha) {
  const double a = gamma(random, alpha), b = gamma(random, alpha);
  return a + b > 0 ? a / (a + b) : 1.0;
}

void blend(float* a, float* b, size_t count, float share) {
  for (size_t i = 0; i < count; ++i) {
    const float x = a[i], y = b[i];
    a[i] = share * x + (1 - share) * y;
    b[i] = share * y + (1 - share) * x;
  }
}

// A window of the given share of the area around any point, clipped by the image.
ImageWindow window(Random& random, int64_t height, int64_t width, double area) {
  const double ratio = std::sqrt(area);
  const auto h = static_cast<int64_t>(static_cast<double>(height) * ratio);
  const auto w = static_cast<int64_t>(static_cast<double>(width) * ratio);
  const int64_t y = random.below(static_cast<uint32_t>(height)) - h / 2;
  const int64_t x = random.below(static_cast<uint32_t>(width)) - w / 2;
  return clipped_window(y, x, y + h, x + w, height, width);
}

void swap_window(float* a, float* b, int64_t height, int64_t width, const ImageWindow& w) {
  for (int64_t c = 0; c < 3; ++c)
    for (int64_t y = w.y0; y < w.y1; ++y) {
      const int64_t row = (c * height + y) * width;
      if (w.x1 > w.x0) std::swap_ranges(a + row + w.x0, a + row + w.x1, b + row + w.x0);
    }
}

}  // namespace

void check_mix(const MixOptions& options) {
  for (const double alpha : {options.mixup, options.cutmix})
    if (!(alpha >= 0) || !std::isfinite(alpha))
      fail("mixup is {}, cutmix is {}; expected 0 (off) or more", options.mixup, options.cutmix);
}

MixPlan plan_mix(const MixOptions& options, const RandomKey& key, int64_t height, int64_t width) {
  check_mix(options);
  MixPlan plan;
  Random random(key);
  plan.cut = options.cutmix > 0 && (options.mixup <= 0 || random.chance(0.5));
  double share = options.on() ? beta(random, plan.cut ? options.cutmix : options.mixup) : 1.0;
  if (plan.cut) {
    const ImageWindow w = plan.window = window(random, height, width, 1 - share);
    const int64_t area = std::max<int64_t>(w.y1 - w.y0, 0) * std::max<int64_t>(w.x1 - w.x0, 0);
    share = 1 - static_cast<double>(area) / static_cast<double>(height * width);
  }
  plan.share = static_cast<float>(share);
  return plan;
}

void mix_batch(Tensor& images, const Tensor& labels, Tensor& targets, const MixOptions& options,
               const RandomKey& key) {
  mix_batch(images, labels, targets, plan_mix(options, key, images.dim(2), images.dim(3)));
}

void mix_batch(Tensor& images, const Tensor& labels, Tensor& targets, const MixPlan& plan) {
  const int64_t batch = images.dim(0), height = images.dim(2), width = images.dim(3);
  const int64_t classes = targets.dim(1), size = 3 * height * width;
  LIENET_CHECK(images.dim(1) == 3 && images.layout() == Layout::plain, "mix_batch: images are {}",
               images.str());
  LIENET_CHECK(labels.size() == batch && targets.dim(0) == batch, "mix_batch: {} and {} for {}",
               labels.str(), targets.str(), images.str());
  float* x = images.data<float>();
  for (int64_t i = 0; i < batch / 2; ++i) {
    float *a = x + i * size, *b = x + (batch - 1 - i) * size;
    if (plan.cut)
      swap_window(a, b, height, width, plan.window);
    else
      blend(a, b, static_cast<size_t>(size), plan.share);
  }
  const int64_t* label = labels.data<int64_t>();
  float* t = targets.data<float>();
  std::fill(t, t + batch * classes, 0.0f);
  for (int64_t i = 0; i < batch; ++i) {
    t[i * classes + label[i]] += plan.share;
    t[i * classes + label[batch - 1 - i]] += 1 - plan.share;
  }
}

}  // namespace lienet
