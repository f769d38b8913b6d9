#include "tools/pictures/png.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

#include <algorithm>

#include "engine/check.h"

namespace lienet {

std::string png_of(std::span<const uint8_t> rgb, int64_t height, int64_t width) {
  constexpr int64_t most = int64_t{1} << 26;  // pixels; stb_image_write counts bytes in an int
  if (height < 1 || width < 1 || height > most / width)
    fail("png: an image of {} x {} pixels; expected 1 to {} pixels", height, width, most);
  if (rgb.size() != static_cast<size_t>(3 * height * width))
    fail("png: {} bytes; an image of {} x {} pixels has {}", rgb.size(), height, width,
         3 * height * width);
  std::string png;
  const auto append = [](void* to, void* bytes, int n) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), static_cast<size_t>(n));
  };
  if (!stbi_write_png_to_func(append, &png, static_cast<int>(width), static_cast<int>(height), 3,
                              rgb.data(), static_cast<int>(3 * width)))
    fail("png: no memory for an image of {} x {} pixels", height, width);
  return png;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);  // 1 and 2 only at the end
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (size_t k = 0; k < 4; ++k) text += k <= n ? digits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::string png_data_uri(std::string_view png) {
  return "data:image/png;base64," + base64(png);
}

}  // namespace lienet
