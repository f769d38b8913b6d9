// PNG images in memory.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace lienet {

// The bytes of a PNG file. rgb: height x width x 3. Throws Error where its length is not that, or
// the image is empty or has more than 2^26 pixels.
std::string png_of(std::span<const uint8_t> rgb, int64_t height, int64_t width);

std::string base64(std::string_view bytes);

// "data:image/png;base64,...": the image as the address of itself, for <img src>.
std::string png_data_uri(std::string_view png);

}  // namespace lienet
