// Images from files: JPEG and PNG, decoded to bytes, resized and cropped as torchvision does it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lienet {

// Pixels as bytes: [3, height, width], planes R, G, B, as those of an ImageSet.
struct Image {
  int64_t height = 0, width = 0;
  std::vector<uint8_t> pixels;

  int64_t plane() const { return height * width; }
};

struct ImageLimits {
  int64_t pixels = int64_t{64} << 20;  // height x width
  int scans = 100;                     // of a progressive JPEG; about ten are usual
  uint64_t file_bytes = uint64_t{1} << 28;
};

// Reads a file; what it begins with says which format it has, not its name. The limits are checked
// against what the file claims before anything is decoded.
// As PIL's convert("RGB"): grey becomes R = G = B, an alpha channel is dropped and the colours
// under it taken as they are stored, CMYK is taken for Adobe's, and no EXIF orientation is applied.
// Of 16 bits the upper 8 count (PIL does so in colour, but clips grey).
// Throws Error, one line that names the file: it cannot be read, is empty, neither JPEG nor PNG,
// ends too early, is damaged, or claims more than the limits allow.
Image read_image(const std::filesystem::path& file, const ImageLimits& limits = {});
// The same of bytes in memory; `name` is for messages.
Image decode_image(std::string_view bytes, const std::string& name, const ImageLimits& limits = {});

// Bilinear with antialiasing, in PIL's own integers: the bytes of torchvision's Resize of a PIL
// image.
// Throws Error for a size below 1.
Image resize(const Image& image, int64_t height, int64_t width);
// So that the shorter side is `size` and the longer one in proportion, rounded down.
Image resize_shorter(const Image& image, int64_t size);

// Throws Error for a window that is empty or not all inside.
Image crop(const Image& image, int64_t top, int64_t left, int64_t height, int64_t width);
// How many pixels of a margin lie before what is in the middle; of two places that are equally
// near, torchvision's.
int64_t before_centre(int64_t margin);
// The window in the middle.
Image centre_crop(const Image& image, int64_t height, int64_t width);
// centre_crop(resize_shorter(image, size), height, width), of which nothing else is computed: of a
// very thin image it would be too much.
Image resize_and_centre_crop(const Image& image, int64_t size, int64_t height, int64_t width);

}  // namespace lienet
