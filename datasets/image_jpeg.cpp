#include <turbojpeg.h>

#include <memory>

#include "datasets/image_formats.h"
#include "engine/check.h"

namespace lienet::detail {
namespace {

// What a JPEG says of itself in its markers (ITU-T T.81, annex B).
struct Outline {
  int64_t height = 0, width = 0;
  int components = 0, frames = 0, scans = 0;
  bool ends = false;  // whether there is an end-of-image marker
};

class MarkerReader {
 public:
  explicit MarkerReader(std::string_view bytes) : bytes_(bytes) {}

  Outline read() {
    Outline outline;
    at_ = 2;  // behind the start-of-image marker
    while (const int marker = next_marker()) {
      if (marker == end_of_image) {
        outline.ends = true;
        break;
      }
      if (!has_length(marker)) continue;
      const size_t begin = at_, length = number(begin);
      if (length < 2 || begin + length > bytes_.size()) break;
      if (is_frame(marker) && length >= 8) {
        ++outline.frames;
        outline.height = static_cast<int64_t>(number(begin + 3));
        outline.width = static_cast<int64_t>(number(begin + 5));
        outline.components = byte(begin + 7);
      }
      outline.scans += marker == start_of_scan;
      at_ = begin + length;
    }
    return outline;
  }

 private:
  static constexpr int end_of_image = 0xd9, start_of_scan = 0xda;

  // Restart markers and the like stand alone.
  static bool has_length(int marker) { return marker != 1 && (marker < 0xd0 || marker > 0xd8); }
  static bool is_frame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }
  int byte(size_t i) const { return static_cast<unsigned char>(bytes_[i]); }
  size_t number(size_t i) const {
    return i + 1 < bytes_.size() ? static_cast<size_t>(byte(i) << 8 | byte(i + 1)) : 0;
  }

  // The next one, wherever it is; 0 at the end of the file. In a scan's data 0xff is followed by 0.
  int next_marker() {
    for (;;) {
      at_ = bytes_.find('\xff', at_);
      while (at_ < bytes_.size() && byte(at_) == 0xff) ++at_;
      if (at_ >= bytes_.size()) return 0;
      if (const int marker = byte(at_++)) return marker;
    }
  }

  std::string_view bytes_;
  size_t at_ = 0;
};

struct Destroy {
  void operator()(void* handle) const { tjDestroy(handle); }
};

// PIL's conversion of Adobe's CMYK, whose bytes are stored inverted.
std::vector<uint8_t> rgb_of_cmyk(const std::vector<uint8_t>& cmyk) {
  std::vector<uint8_t> rgb(cmyk.size() / 4 * 3);
  for (size_t i = 0; i < cmyk.size() / 4; ++i) {
    const int light = cmyk[4 * i + 3];
    for (size_t c = 0; c < 3; ++c) {
      const int product = (255 - cmyk[4 * i + c]) * light + 128;
      rgb[3 * i + c] = static_cast<uint8_t>(light - (((product >> 8) + product) >> 8));
    }
  }
  return rgb;
}

}  // namespace

Image decode_jpeg(std::string_view bytes, const std::string& name, const ImageLimits& limits) {
  const Outline outline = MarkerReader(bytes).read();
  if (outline.frames == 0) fail("{}: the JPEG ends before it says its size", name);
  if (outline.frames > 1) fail("{}: the JPEG has {} frames, expected 1", name, outline.frames);
  check_claimed_size(outline.height, outline.width, name, limits);
  if (outline.scans > limits.scans)
    fail("{}: the JPEG has {} scans, expected {} at most", name, outline.scans, limits.scans);
  if (outline.scans == 0 || !outline.ends)
    fail("{}: the JPEG ends too early, after {} bytes", name, bytes.size());

  const std::unique_ptr<void, Destroy> handle(tjInitDecompress());
  if (!handle) fail("{}: no memory for decoding", name);
  const bool cmyk = outline.components == 4;
  const int channels = cmyk ? 4 : 3;
  std::vector<uint8_t> pixels(static_cast<size_t>(channels * outline.height * outline.width));
  const int result = tjDecompress2(
      handle.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
      pixels.data(), static_cast<int>(outline.width), 0, static_cast<int>(outline.height),
      cmyk ? TJPF_CMYK : TJPF_RGB, TJFLAG_ACCURATEDCT);
  // A warning (stray bytes between markers) is nothing that others would refuse.
  if (result != 0 && tjGetErrorCode(handle.get()) != TJERR_WARNING)
    fail("{}: the JPEG cannot be decoded: {}", name, tjGetErrorStr2(handle.get()));
  if (cmyk) pixels = rgb_of_cmyk(pixels);
  return image_of_rgb(pixels.data(), outline.height, outline.width);
}

}  // namespace lienet::detail
