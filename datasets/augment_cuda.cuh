// What datasets/augment.h and mix.h plan, carried out on the GPU: one block for each image of a
// batch.
#pragma once

#include "datasets/augment.h"
#include "datasets/mix.h"
#include "engine/cuda/block.h"

namespace lienet::cuda {

struct AugmentImages {
  static constexpr int threads = 256;
  const uint8_t* pixels;     // [N,3,H,W], the whole set
  const int64_t* indices;    // [B]
  const AugmentPlan* plans;  // [B]
  const float* tables;       // [3,256], the normalised value of each byte
  int height, width;
  float* images;  // [B,H,W,3]

  LIENET_HOST_DEVICE int plane() const { return height * width; }
  LIENET_HOST_DEVICE Array<uint8_t> carve(Carve& memory) const {
    return memory.take<uint8_t>(3 * plane());
  }

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const Array<uint8_t> image = carve(block.shared());
    const uint8_t* from = pixels + indices[block.index()] * 3 * plane();
    block.template stream<4>(
        3 * plane(), [&](int i) { return from[i]; }, [&](int i, uint8_t v) { image[i] = v; });
    const AugmentPlan& plan = plans[block.index()];
    for (int i = 0; i < plan.changes; ++i) change(block, image, plan.colour[i], plan.factor[i]);
    float* out = images + block.index() * 3 * plane();
    block.each(3 * plane(), [&](int i) {
      const int position = i / 3, c = i % 3, y = position / width, x = position % width;
      const int row = y + plan.dy, column = (plan.flip ? width - 1 - x : x) + plan.dx;
      const bool inside = row >= 0 && row < height && column >= 0 && column < width;
      const bool cut = y >= plan.cut.y0 && y < plan.cut.y1 && x >= plan.cut.x0 && x < plan.cut.x1;
      const int value = inside ? image[c * plane() + row * width + column] : 0;
      out[i] = cut ? 0 : tables[c * 256 + value];
    });
  }

 private:
  LIENET_DEVICE static uint8_t to_byte(double v) {
    return static_cast<uint8_t>(lesser(greater(v + 0.5, 0.0), 255.0));
  }
  LIENET_DEVICE double luminance(const Array<uint8_t>& image, int i) const {
    return 0.299 * image[i] + 0.587 * image[plane() + i] + 0.114 * image[2 * plane() + i];
  }

  template <class Block>
  LIENET_DEVICE void change(Block& block, const Array<uint8_t>& image, AugmentPlan::Colour colour,
                            double factor) const {
    double pivot = 0;
    if (colour == AugmentPlan::contrast)
      pivot = block.sum(plane(), [&](int i) { return luminance(image, i); }) / plane();
    block.each(plane(), [&](int i) {
      const double grey = colour == AugmentPlan::saturation ? luminance(image, i) : pivot;
      for (int c = 0; c < 3; ++c) {
        uint8_t& v = image[c * plane() + i];
        v = to_byte(grey + factor * (static_cast<double>(v) - grey));
      }
    });
  }
};

// labels[i] = all[indices[i]]
struct TakeLabels {
  static constexpr int threads = 256;
  const int64_t* all;
  const int64_t* indices;
  int64_t n;
  int64_t* labels;

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(n, threads); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int64_t first = block.index() * threads;
    block.each(static_cast<int>(lesser<int64_t>(threads, n - first)),
               [&](int i) { labels[first + i] = all[indices[first + i]]; });
  }
};

// Images i and B-1-i, for the first half of them; in place.
struct MixImages {
  static constexpr int threads = 256;
  MixPlan plan;
  int64_t batch;
  int height, width;
  float* images;  // [B,H,W,3]

  LIENET_HOST_DEVICE int64_t blocks() const { return batch / 2; }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int n = 3 * height * width;
    float* a = images + block.index() * n;
    float* b = images + (batch - 1 - block.index()) * n;
    block.each(n, [&](int i) {
      const float x = a[i], y = b[i], share = plan.share;
      const int row = i / 3 / width, column = i / 3 % width;
      const ImageWindow& w = plan.window;
      if (!plan.cut) {
        a[i] = share * x + (1 - share) * y;
        b[i] = share * y + (1 - share) * x;
      } else if (row >= w.y0 && row < w.y1 && column >= w.x0 && column < w.x1) {
        a[i] = y;
        b[i] = x;
      }
    });
  }
};

// The shares of the classes, each row of sum 1.
struct MixTargets {
  static constexpr int threads = 256;
  float share;
  const int64_t* labels;  // [B]
  int64_t batch;
  int classes;
  float* targets;  // [B,classes]

  LIENET_HOST_DEVICE int64_t blocks() const { return batch; }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int64_t i = block.index(), own = labels[i], other = labels[batch - 1 - i];
    block.each(classes, [&](int k) {
      targets[i * classes + k] = (k == own ? share : 0) + (k == other ? 1 - share : 0);
    });
  }
};

}  // namespace lienet::cuda
