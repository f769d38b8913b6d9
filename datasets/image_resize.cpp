// Pillow's resampling (Imaging/Resample.c describes the scheme): a triangle as wide as the scale,
// its weights as integers of 22 bits, rows first, each pass rounded to bytes.
#include <algorithm>
#include <cmath>

#include "datasets/image.h"
#include "engine/check.h"

namespace lienet {
namespace {

constexpr int weight_bits = 22;

// Output position i is sum_k weights[i*most + k] * input[first[i] + k], k < count[i].
struct Taps {
  std::vector<int32_t> weights;
  std::vector<int64_t> first, count;
  int64_t most = 0;
};

Taps taps_of(int64_t in, int64_t out) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double radius = std::max(scale, 1.0);
  Taps taps;
  taps.most = static_cast<int64_t>(std::ceil(radius)) * 2 + 1;
  taps.weights.resize(static_cast<size_t>(out * taps.most));
  std::vector<double> row(static_cast<size_t>(taps.most));
  for (int64_t i = 0; i < out; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<int64_t>(static_cast<int64_t>(centre - radius + 0.5), 0);
    const auto end = std::min<int64_t>(static_cast<int64_t>(centre + radius + 0.5), in);
    double sum = 0;
    for (int64_t k = 0; k < end - first; ++k) {
      const double distance = (static_cast<double>(k + first) - centre + 0.5) * (1 / radius);
      sum += row[static_cast<size_t>(k)] = std::max(0.0, 1 - std::fabs(distance));
    }
    for (int64_t k = 0; k < end - first; ++k)
      taps.weights[static_cast<size_t>(i * taps.most + k)] = static_cast<int32_t>(
          0.5 + (sum != 0 ? row[static_cast<size_t>(k)] * (1 / sum) : 0) * (1 << weight_bits));
    taps.first.push_back(first);
    taps.count.push_back(end - first);
  }
  return taps;
}

uint8_t byte_of(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> weight_bits, 0, 255));
}

constexpr int32_t half = 1 << (weight_bits - 1);

// rows of `in` bytes -> rows of taps.first.size() bytes
void resize_row(const uint8_t* in, const Taps& taps, uint8_t* out) {
  for (size_t x = 0; x < taps.first.size(); ++x) {
    const int32_t* weights = taps.weights.data() + x * static_cast<size_t>(taps.most);
    const uint8_t* from = in + taps.first[x];
    int32_t sum = half;
    for (int64_t k = 0; k < taps.count[x]; ++k) sum += from[k] * weights[k];
    out[x] = byte_of(sum);
  }
}

// One row out of taps of the rows of a plane, all `width` bytes long.
void resize_column(const uint8_t* plane, const Taps& taps, size_t y, int64_t width,
                   std::vector<int32_t>& sums, uint8_t* out) {
  sums.assign(static_cast<size_t>(width), half);
  for (int64_t k = 0; k < taps.count[y]; ++k) {
    const int32_t weight =
        taps.weights[y * static_cast<size_t>(taps.most) + static_cast<size_t>(k)];
    const uint8_t* row = plane + (taps.first[y] + k) * width;
    for (int64_t x = 0; x < width; ++x) sums[static_cast<size_t>(x)] += row[x] * weight;
  }
  for (int64_t x = 0; x < width; ++x) out[x] = byte_of(sums[static_cast<size_t>(x)]);
}

}  // namespace

Image resize(const Image& image, int64_t height, int64_t width) {
  constexpr int64_t most = int64_t{1} << 30;  // pixels
  if (height < 1 || width < 1 || height > most / width || image.height < 1 || image.width < 1)
    fail("resize: an image of {}x{} pixels to {}x{}", image.height, image.width, height, width);
  if (height == image.height && width == image.width) return image;
  const Taps across = taps_of(image.width, width), down = taps_of(image.height, height);
  Image out{height, width, std::vector<uint8_t>(static_cast<size_t>(3 * height * width))};
  std::vector<uint8_t> narrow(static_cast<size_t>(image.height * width));
  std::vector<int32_t> sums;
  for (int64_t c = 0; c < 3; ++c) {
    const uint8_t* in = image.pixels.data() + c * image.plane();
    for (int64_t y = 0; y < image.height; ++y)
      resize_row(in + y * image.width, across, narrow.data() + y * width);
    for (int64_t y = 0; y < height; ++y)
      resize_column(narrow.data(), down, static_cast<size_t>(y), width, sums,
                    out.pixels.data() + (c * height + y) * width);
  }
  return out;
}

}  // namespace lienet
