#include <cstdlib>
#include <memory>

#include "datasets/image_formats.h"
#include "engine/check.h"

namespace {

// How much stb_image may ask for at once. It inflates whatever a file holds, and a few kilobytes
// may hold gigabytes; it offers no other way to bound that.
thread_local size_t largest_block = 0;
thread_local bool too_large = false;

bool fits(size_t bytes) {
  too_large = too_large || bytes > largest_block;
  return bytes <= largest_block;
}
void* allocate(size_t bytes) {
  return fits(bytes) ? std::malloc(bytes) : nullptr;
}
void* reallocate(void* block, size_t bytes) {
  return fits(bytes) ? std::realloc(block, bytes) : nullptr;
}

}  // namespace

#define STBI_MALLOC(bytes) allocate(bytes)
#define STBI_REALLOC(block, bytes) reallocate(block, bytes)
#define STBI_FREE(block) std::free(block)
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#include <stb_image.h>

namespace lienet::detail {
namespace {

struct Free {
  void operator()(uint8_t* pixels) const { stbi_image_free(pixels); }
};

int64_t number(std::string_view bytes, size_t at) {
  int64_t value = 0;
  for (size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

Image decode_png(std::string_view bytes, const std::string& name, const ImageLimits& limits) {
  // 8 bytes of signature, then always the header: length, IHDR, width, height, ...
  if (bytes.size() < 33 || bytes.substr(12, 4) != "IHDR")
    fail("{}: the PNG ends before it says its size", name);
  const int64_t claimed_width = number(bytes, 16), claimed_height = number(bytes, 20);
  check_claimed_size(claimed_height, claimed_width, name, limits);
  // At most 4 channels of 16 bits, twice that while the block grows; rows have a byte more.
  largest_block = static_cast<size_t>(2 * claimed_height * (8 * claimed_width + 8)) +
                  2 * bytes.size() + (size_t{1} << 16);
  too_large = false;
  int width = 0, height = 0, channels = 0;
  const std::unique_ptr<uint8_t, Free> rgb(
      stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(bytes.data()),
                            static_cast<int>(bytes.size()), &width, &height, &channels, 3));
  if (!rgb && too_large) fail("{}: the PNG is damaged: it holds more than its size says", name);
  if (!rgb) fail("{}: the PNG is damaged or ends too early: {}", name, stbi_failure_reason());
  return image_of_rgb(rgb.get(), height, width);
}

}  // namespace lienet::detail
