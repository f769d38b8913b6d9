#include "datasets/image.h"

#include <algorithm>

#include "datasets/image_formats.h"
#include "engine/check.h"
#include "engine/file.h"

namespace lienet {
namespace detail {

void check_claimed_size(int64_t height, int64_t width, const std::string& name,
                        const ImageLimits& limits) {
  if (height < 1 || width < 1)
    fail("{}: claims to have {}x{} pixels; is it damaged?", name, height, width);
  if (height > limits.pixels / width)
    fail("{}: claims to have {}x{} pixels; expected {} in all at most", name, height, width,
         limits.pixels);
}

Image image_of_rgb(const uint8_t* rgb, int64_t height, int64_t width) {
  Image image{height, width, std::vector<uint8_t>(static_cast<size_t>(3 * height * width))};
  const int64_t plane = image.plane();
  uint8_t *r = image.pixels.data(), *g = r + plane, *b = g + plane;
  for (int64_t i = 0; i < plane; ++i) {
    r[i] = rgb[3 * i];
    g[i] = rgb[3 * i + 1];
    b[i] = rgb[3 * i + 2];
  }
  return image;
}

}  // namespace detail

namespace {

// What stands at the beginning, fit to be printed.
std::string beginning_of(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, 8)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return text;
}

}  // namespace

Image decode_image(std::string_view bytes, const std::string& name, const ImageLimits& limits) {
  using namespace std::string_view_literals;
  if (const uint64_t most = std::min<uint64_t>(limits.file_bytes, INT32_MAX); bytes.size() > most)
    fail("{}: has {} bytes, expected {} at most", name, bytes.size(), most);
  if (bytes.empty()) fail("{}: is empty; expected a JPEG or PNG image", name);
  if (bytes.starts_with("\xff\xd8\xff"sv)) return detail::decode_jpeg(bytes, name, limits);
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return detail::decode_png(bytes, name, limits);
  fail("{}: is neither a JPEG nor a PNG image: it begins with \"{}\"", name, beginning_of(bytes));
}

Image read_image(const std::filesystem::path& file, const ImageLimits& limits) {
  return decode_image(read_file(file, limits.file_bytes), file.string(), limits);
}

Image crop(const Image& image, int64_t top, int64_t left, int64_t height, int64_t width) {
  if (height < 1 || width < 1 || top < 0 || left < 0 || height > image.height - top ||
      width > image.width - left)
    fail("crop: {}x{} pixels at ({}, {}) of an image of {}x{}", height, width, top, left,
         image.height, image.width);
  Image out{height, width, std::vector<uint8_t>(static_cast<size_t>(3 * height * width))};
  uint8_t* to = out.pixels.data();
  for (int64_t c = 0; c < 3; ++c)
    for (int64_t y = 0; y < height; ++y, to += width) {
      const uint8_t* row = image.pixels.data() + (c * image.height + top + y) * image.width + left;
      std::copy(row, row + width, to);
    }
  return out;
}

// Half of an odd margin goes to the even neighbour, as Python's round() does.
int64_t before_centre(int64_t margin) {
  const int64_t half = margin / 2;
  return margin % 2 == 0 ? half : half + half % 2;
}

Image centre_crop(const Image& image, int64_t height, int64_t width) {
  return crop(image, before_centre(image.height - height), before_centre(image.width - width),
              height, width);
}

Image resize_shorter(const Image& image, int64_t size) {
  const int64_t shorter = std::min(image.height, image.width);
  if (shorter < 1) fail("resize: an image of {}x{} pixels", image.height, image.width);
  return resize(image, size * image.height / shorter, size * image.width / shorter);
}

}  // namespace lienet
