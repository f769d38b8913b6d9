// Pillow's resampling (Imaging/Resample.c describes the scheme): a triangle as wide as the scale,
// its weights as integers of 22 bits, rows first, each pass rounded to bytes.
#include <algorithm>
#include <cmath>

#include "datasets/image.h"
#include "engine/check.h"

namespace lienet {
namespace {

constexpr int weight_bits = 22;

// Which positions of a line are computed.
struct Part {
  int64_t begin, count;
};

// Output position part.begin + i is sum_k weights[i*most + k] * input[first[i] + k], k < count[i].
struct Taps {
  std::vector<int32_t> weights;
  std::vector<int64_t> first, count;
  int64_t most = 0;
};

Taps taps_of(int64_t in, int64_t out, Part part) {
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double radius = std::max(scale, 1.0);
  Taps taps;
  taps.most = static_cast<int64_t>(std::ceil(radius)) * 2 + 1;
  taps.weights.resize(static_cast<size_t>(part.count * taps.most));
  std::vector<double> row(static_cast<size_t>(taps.most));
  for (int64_t i = 0; i < part.count; ++i) {
    const double centre = (static_cast<double>(part.begin + i) + 0.5) * scale;
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

// One row out of taps of rows, all `width` bytes long, the first of which is the first tap's of
// all.
void resize_column(const uint8_t* rows, const Taps& taps, size_t y, int64_t width,
                   std::vector<int32_t>& sums, uint8_t* out) {
  sums.assign(static_cast<size_t>(width), half);
  for (int64_t k = 0; k < taps.count[y]; ++k) {
    const int32_t weight =
        taps.weights[y * static_cast<size_t>(taps.most) + static_cast<size_t>(k)];
    const uint8_t* row = rows + (taps.first[y] - taps.first[0] + k) * width;
    for (int64_t x = 0; x < width; ++x) sums[static_cast<size_t>(x)] += row[x] * weight;
  }
  for (int64_t x = 0; x < width; ++x) out[x] = byte_of(sums[static_cast<size_t>(x)]);
}

constexpr int64_t most_pixels = int64_t{1} << 30;

// These rows and columns of the image in another size.
Image resized_part(const Image& image, int64_t height, int64_t width, Part rows, Part columns) {
  const Taps across = taps_of(image.width, width, columns);
  const Taps down = taps_of(image.height, height, rows);
  const int64_t top = down.first.front(), bottom = down.first.back() + down.count.back();
  if (bottom - top > most_pixels / columns.count)
    fail("resize: {}x{} pixels are too many on the way from {}x{} to {}x{}", bottom - top,
         columns.count, image.height, image.width, height, width);
  Image out{rows.count, columns.count,
            std::vector<uint8_t>(static_cast<size_t>(3 * rows.count * columns.count))};
  std::vector<uint8_t> narrow(static_cast<size_t>((bottom - top) * columns.count));
  std::vector<int32_t> sums;
  for (int64_t c = 0; c < 3; ++c) {
    const uint8_t* in = image.pixels.data() + c * image.plane();
    for (int64_t y = top; y < bottom; ++y)
      resize_row(in + y * image.width, across, narrow.data() + (y - top) * columns.count);
    for (int64_t y = 0; y < rows.count; ++y)
      resize_column(narrow.data(), down, static_cast<size_t>(y), columns.count, sums,
                    out.pixels.data() + (c * rows.count + y) * columns.count);
  }
  return out;
}

Part middle_of(int64_t length, int64_t count) {
  return {before_centre(length - count), count};
}

int64_t shorter_side(const Image& image) {
  const int64_t shorter = std::min(image.height, image.width);
  if (shorter < 1) fail("resize: an image of {}x{} pixels", image.height, image.width);
  return shorter;
}

}  // namespace

// Half of an odd margin goes to the even neighbour, as Python's round() does.
int64_t before_centre(int64_t margin) {
  const int64_t half = margin / 2;
  return margin % 2 == 0 ? half : half + half % 2;
}

Image resize(const Image& image, int64_t height, int64_t width) {
  if (height < 1 || width < 1 || height > most_pixels / width || image.height < 1 ||
      image.width < 1)
    fail("resize: an image of {}x{} pixels to {}x{}", image.height, image.width, height, width);
  if (height == image.height && width == image.width) return image;
  return resized_part(image, height, width, {0, height}, {0, width});
}

Image resize_shorter(const Image& image, int64_t size) {
  const int64_t shorter = shorter_side(image);
  return resize(image, size * image.height / shorter, size * image.width / shorter);
}

Image centre_crop(const Image& image, int64_t height, int64_t width) {
  return crop(image, before_centre(image.height - height), before_centre(image.width - width),
              height, width);
}

Image resize_and_centre_crop(const Image& image, int64_t size, int64_t height, int64_t width) {
  const int64_t shorter = shorter_side(image);
  const int64_t h = size * image.height / shorter, w = size * image.width / shorter;
  if (height < 1 || width < 1 || height > h || width > w)
    fail("crop: {}x{} pixels of an image of {}x{}", height, width, h, w);
  return resized_part(image, h, w, middle_of(h, height), middle_of(w, width));
}

}  // namespace lienet
