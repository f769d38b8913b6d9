#include "image_files.h"

#include <turbojpeg.h>

#include <stdexcept>

#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

namespace lienet::test {
namespace {

std::vector<uint8_t> interleaved(const Image& image) {
  std::vector<uint8_t> rgb(image.pixels.size());
  const auto plane = static_cast<size_t>(image.plane());
  for (size_t i = 0; i < plane; ++i)
    for (size_t c = 0; c < 3; ++c) rgb[3 * i + c] = image.pixels[c * plane + i];
  return rgb;
}

std::string compress(const std::vector<uint8_t>& pixels, int64_t height, int64_t width, int format,
                     int sampling, int quality, int flags) {
  tjhandle handle = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const int result =
      tjCompress2(handle, pixels.data(), static_cast<int>(width), 0, static_cast<int>(height),
                  format, &bytes, &size, sampling, quality, flags);
  const std::string jpeg(reinterpret_cast<char*>(bytes), result == 0 ? size : 0);
  tjFree(bytes);
  tjDestroy(handle);
  if (result != 0) throw std::runtime_error("a test's JPEG could not be made");
  return jpeg;
}

void append_number(std::string& to, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift & 255);
}

void append_chunk(std::string& png, const std::string& type, const std::string& data) {
  append_number(png, static_cast<uint32_t>(data.size()));
  std::string body = type + data;
  append_number(png, stbiw__crc32(reinterpret_cast<unsigned char*>(body.data()),
                                  static_cast<int>(body.size())));
  png.insert(png.size() - 4, body);
}

}  // namespace

Image flat_image(int64_t height, int64_t width, uint8_t r, uint8_t g, uint8_t b) {
  Image image{height, width, {}};
  for (const uint8_t value : {r, g, b})
    image.pixels.insert(image.pixels.end(), static_cast<size_t>(height * width), value);
  return image;
}

Image noise_image(int64_t height, int64_t width) {
  Image image{height, width, {}};
  for (int64_t i = 0; i < 3 * height * width; ++i)
    image.pixels.push_back(static_cast<uint8_t>((37 * i * i + 11 * i) % 251));
  return image;
}

Image smooth_image(int64_t height, int64_t width) {
  Image image{height, width, {}};
  for (int64_t c = 0; c < 3; ++c)
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x)
        image.pixels.push_back(
            static_cast<uint8_t>(60 + 40 * c + 60 * y / height + 40 * x / width));
  return image;
}

std::string jpeg_of(const Image& image, const JpegOptions& o) {
  return compress(interleaved(image), image.height, image.width, TJPF_RGB,
                  o.grey ? TJSAMP_GRAY : TJSAMP_444, o.quality,
                  o.progressive ? TJFLAG_PROGRESSIVE : 0);
}

std::string cmyk_jpeg(const std::vector<uint8_t>& cmyk, int64_t height, int64_t width) {
  return compress(cmyk, height, width, TJPF_CMYK, TJSAMP_444, 100, 0);
}

std::string png_file(const std::vector<uint16_t>& samples, int64_t height, int64_t width,
                     int channels, int bits) {
  constexpr char colour_types[] = {0, 0, 4, 2, 6};  // by the number of channels
  std::string rows;
  size_t i = 0;
  for (int64_t y = 0; y < height; ++y) {
    rows += '\0';  // no filter
    for (int64_t x = 0; x < width * channels; ++x, ++i) {
      if (bits == 16) rows += static_cast<char>(samples[i] >> 8);
      rows += static_cast<char>(samples[i] & 255);
    }
  }
  int size = 0;
  unsigned char* packed = stbi_zlib_compress(reinterpret_cast<unsigned char*>(rows.data()),
                                             static_cast<int>(rows.size()), &size, 8);
  const std::string data(reinterpret_cast<char*>(packed), static_cast<size_t>(size));
  STBIW_FREE(packed);
  std::string header;
  append_number(header, static_cast<uint32_t>(width));
  append_number(header, static_cast<uint32_t>(height));
  header += {static_cast<char>(bits), colour_types[channels], 0, 0, 0};
  std::string png = "\x89PNG\r\n\x1a\n";
  append_chunk(png, "IHDR", header);
  append_chunk(png, "IDAT", data);
  append_chunk(png, "IEND", "");
  return png;
}

std::string png_file(const Image& image) {
  const std::vector<uint8_t> rgb = interleaved(image);
  return png_file({rgb.begin(), rgb.end()}, image.height, image.width, 3);
}

}  // namespace lienet::test
