// Image files that tests make for themselves.
#pragma once

#include <string>

#include "datasets/image.h"

namespace lienet::test {

// One colour in every pixel.
Image flat_image(int64_t height, int64_t width, uint8_t r, uint8_t g, uint8_t b);
// Something with a structure: byte i of [3,height,width] is (37 i^2 + 11 i) mod 251.
Image noise_image(int64_t height, int64_t width);
// Colours that change slowly, which JPEG keeps almost as they are.
Image smooth_image(int64_t height, int64_t width);

struct JpegOptions {
  int quality = 95;
  bool grey = false, progressive = false;
};
std::string jpeg_of(const Image& image, const JpegOptions& options = {});
// cmyk: height x width x 4, as the file is to hold it.
std::string cmyk_jpeg(const std::vector<uint8_t>& cmyk, int64_t height, int64_t width);

// samples: height x width x channels, 1 (grey), 2 (with alpha), 3 or 4 of them, of 8 or 16 bits.
std::string png_file(const std::vector<uint16_t>& samples, int64_t height, int64_t width,
                     int channels, int bits = 8);
std::string png_file(const Image& image);

}  // namespace lienet::test
