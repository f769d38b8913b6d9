#include "datasets/augment.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace lienet {

namespace {

uint8_t to_byte(double v) {
  return static_cast<uint8_t>(std::clamp(v + 0.5, 0.0, 255.0));
}

double luminance(const uint8_t* p, size_t plane) {
  return 0.299 * p[0] + 0.587 * p[plane] + 0.114 * p[2 * plane];
}

// factor * v + (1 - factor) * pivot for every byte.
void stretch(uint8_t* pixels, size_t count, double factor, double pivot) {
  std::array<uint8_t, 256> table;
  for (size_t v = 0; v < 256; ++v)
    table[v] = to_byte(pivot + factor * (static_cast<double>(v) - pivot));
  for (size_t i = 0; i < count; ++i) pixels[i] = table[pixels[i]];
}

void saturate(uint8_t* pixels, size_t plane, double factor) {
  for (size_t i = 0; i < plane; ++i) {
    const double grey = luminance(pixels + i, plane);
    for (size_t c = 0; c < 3; ++c) {
      uint8_t& v = pixels[c * plane + i];
      v = to_byte(grey + factor * (v - grey));
    }
  }
}

double mean_luminance(const uint8_t* pixels, size_t plane) {
  double sum = 0;
  for (size_t i = 0; i < plane; ++i) sum += luminance(pixels + i, plane);
  return sum / static_cast<double>(plane);
}

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

ImageWindow clipped(int64_t y0, int64_t x0, int64_t y1, int64_t x1, int64_t height, int64_t width) {
  return {static_cast<int32_t>(std::max<int64_t>(y0, 0)),
          static_cast<int32_t>(std::max<int64_t>(x0, 0)),
          static_cast<int32_t>(std::min(y1, height)), static_cast<int32_t>(std::min(x1, width))};
}

// A window of the given share of the area around any point, clipped by the image.
ImageWindow window(Random& random, int64_t height, int64_t width, double area) {
  const double ratio = std::sqrt(area);
  const auto h = static_cast<int64_t>(static_cast<double>(height) * ratio);
  const auto w = static_cast<int64_t>(static_cast<double>(width) * ratio);
  const int64_t y = random.below(static_cast<uint32_t>(height)) - h / 2;
  const int64_t x = random.below(static_cast<uint32_t>(width)) - w / 2;
  return clipped(y, x, y + h, x + w, height, width);
}

void swap_window(float* a, float* b, int64_t height, int64_t width, const ImageWindow& w) {
  for (int64_t c = 0; c < 3; ++c)
    for (int64_t y = w.y0; y < w.y1; ++y) {
      const int64_t row = (c * height + y) * width;
      if (w.x1 > w.x0) std::swap_ranges(a + row + w.x0, a + row + w.x1, b + row + w.x0);
    }
}

}  // namespace

ChannelStats measure_stats(const ImageSet& set) {
  if (set.size() == 0) fail("'{}': has no images to measure", set.name);
  LIENET_CHECK(set.in_memory(), "'{}' is in files", set.name);
  ChannelStats stats;
  const int64_t plane = set.height * set.width;
  for (int64_t c = 0; c < 3; ++c) {
    std::array<int64_t, 256> count{};  // whole numbers: the order of adding cannot matter
    for (int64_t i = 0; i < set.size(); ++i) {
      const uint8_t* p = set.image(i) + c * plane;
      for (int64_t k = 0; k < plane; ++k) ++count[p[k]];
    }
    const auto n = static_cast<double>(set.size() * plane);
    double mean = 0, variance = 0;
    for (int v = 0; v < 256; ++v) mean += v / 255.0 * static_cast<double>(count[v]) / n;
    for (int v = 0; v < 256; ++v)
      variance += (v / 255.0 - mean) * (v / 255.0 - mean) * static_cast<double>(count[v]) / n;
    if (variance < 1e-12) fail("'{}': channel {} is {} in every pixel", set.name, c, mean * 255);
    stats.mean[c] = static_cast<float>(mean);
    stats.deviation[c] = static_cast<float>(std::sqrt(variance));
  }
  return stats;
}

Image random_crop(const Image& image, double smallest, int64_t height, int64_t width,
                  Random& random) {
  const auto h = static_cast<double>(image.height), w = static_cast<double>(image.width);
  const double widest = 4.0 / 3;
  for (int i = 0; i < 10; ++i) {
    const double area = h * w * random.uniform(smallest, 1);
    const double ratio = std::exp(random.uniform(-std::log(widest), std::log(widest)));
    const int64_t wide = std::lround(std::sqrt(area * ratio));
    const int64_t high = std::lround(std::sqrt(area / ratio));
    if (wide < 1 || high < 1 || wide > image.width || high > image.height) continue;
    const int64_t top = random.below(static_cast<uint32_t>(image.height - high + 1));
    const int64_t left = random.below(static_cast<uint32_t>(image.width - wide + 1));
    return resize(crop(image, top, left, high, wide), height, width);
  }
  const int64_t wide = std::min(image.width, std::lround(h * widest));
  const int64_t high = std::min(image.height, std::lround(w * widest));
  return resize(centre_crop(image, high, wide), height, width);
}

Augment::Augment(const AugmentOptions& options, const ChannelStats& stats, int64_t height,
                 int64_t width)
    : options_(options), height_(height), width_(width) {
  const AugmentOptions& o = options;
  if (height < 1 || width < 1) fail("augment: images of {}x{} pixels", height, width);
  if (o.pad < 0 || o.pad >= std::min(height, width))
    fail("augment: pad is {}; expected 0 to {}", o.pad, std::min(height, width) - 1);
  if (o.cutout < 0 || o.cutout > std::min(height, width))
    fail("augment: cutout is {}; expected 0 to {}", o.cutout, std::min(height, width));
  if (o.colour_changes < 0 || o.colour_changes > 16)
    fail("augment: colour_changes is {}; expected 0 to 16", o.colour_changes);
  if (!(o.colour_strength >= 0 && o.colour_strength <= 1))
    fail("augment: colour_strength is {}; expected 0 to 1", o.colour_strength);
  if (!(o.crop >= 0 && o.crop <= 1)) fail("augment: crop is {}; expected 0 to 1", o.crop);
  for (size_t c = 0; c < 3; ++c) {
    if (!(stats.deviation[c] > 0) || !std::isfinite(stats.mean[c]))
      fail("augment: channel {} has mean {} and deviation {}", c, stats.mean[c],
           stats.deviation[c]);
    for (size_t v = 0; v < 256; ++v)
      tables_[c][v] = (static_cast<float>(v) / 255.0f - stats.mean[c]) / stats.deviation[c];
  }
}

AugmentPlan Augment::plan(const RandomKey& key) const {
  Random random(key);
  AugmentPlan plan;
  plan.changes = options_.colour_changes;
  for (int i = 0; i < plan.changes; ++i) {
    plan.colour[i] = static_cast<AugmentPlan::Colour>(random.below(3));
    plan.factor[i] = 1 + random.uniform(-options_.colour_strength, options_.colour_strength);
  }
  if (options_.pad > 0) {
    const auto places = static_cast<uint32_t>(2 * options_.pad + 1);
    plan.dy = static_cast<int32_t>(random.below(places)) - options_.pad;
    plan.dx = static_cast<int32_t>(random.below(places)) - options_.pad;
  }
  plan.flip = options_.flip && random.chance(0.5);
  if (options_.cutout > 0) {
    const int64_t half = options_.cutout / 2;
    const int64_t y = random.below(static_cast<uint32_t>(height_)) - half;
    const int64_t x = random.below(static_cast<uint32_t>(width_)) - half;
    plan.cut = clipped(y, x, y + options_.cutout, x + options_.cutout, height_, width_);
  }
  return plan;
}

void Augment::carry_out(const AugmentPlan& plan, const uint8_t* pixels, float* out) const {
  std::vector<uint8_t> changed;
  if (plan.changes > 0) {
    changed.assign(pixels, pixels + 3 * height_ * width_);
    change_colours(changed.data(), plan);
    pixels = changed.data();
  }
  place(pixels, plan, out);
  cut_out(plan.cut, out);
}

void Augment::change_colours(uint8_t* pixels, const AugmentPlan& plan) const {
  const auto plane = static_cast<size_t>(height_ * width_);
  for (int i = 0; i < plan.changes; ++i) {
    const double factor = plan.factor[i];
    switch (plan.colour[i]) {
      case AugmentPlan::brightness:
        stretch(pixels, 3 * plane, factor, 0);
        break;
      case AugmentPlan::contrast:
        stretch(pixels, 3 * plane, factor, mean_luminance(pixels, plane));
        break;
      case AugmentPlan::saturation:
        saturate(pixels, plane, factor);
    }
  }
}

void Augment::place(const uint8_t* pixels, const AugmentPlan& plan, float* out) const {
  const int64_t dy = plan.dy, dx = plan.dx;
  const int64_t begin = std::max<int64_t>(0, -dx), end = std::min<int64_t>(width_, width_ - dx);
  for (size_t c = 0; c < 3; ++c) {
    const Table& table = tables_[c];
    for (int64_t y = 0; y < height_; ++y, out += width_) {
      const int64_t from = y + dy;
      if (from < 0 || from >= height_) {
        std::fill(out, out + width_, table[0]);
        continue;
      }
      const uint8_t* row = pixels + (static_cast<int64_t>(c) * height_ + from) * width_ + dx;
      for (int64_t x = 0; x < begin; ++x) out[x] = table[0];
      for (int64_t x = begin; x < end; ++x) out[x] = table[row[x]];
      for (int64_t x = end; x < width_; ++x) out[x] = table[0];
      if (plan.flip) std::reverse(out, out + width_);
    }
  }
}

void Augment::cut_out(const ImageWindow& cut, float* out) const {
  for (int64_t c = 0; c < 3; ++c)
    for (int64_t row = cut.y0; row < cut.y1; ++row) {
      float* p = out + (c * height_ + row) * width_;
      if (cut.x0 < cut.x1) std::fill(p + cut.x0, p + cut.x1, 0.0f);
    }
}

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
