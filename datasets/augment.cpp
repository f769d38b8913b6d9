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

}  // namespace

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
    plan.cut = clipped_window(y, x, y + options_.cutout, x + options_.cutout, height_, width_);
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

}  // namespace lienet
