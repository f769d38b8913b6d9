// Animated PNGs: pictures that follow one another, as every browser shows them.
//   IHDR; acTL: frames, plays; for each frame fcTL: number, size, place, delay, what becomes of it,
//   then its zlib stream, in IDAT of the first frame and in fdAT, after a number, of the others.
// Source: the PNG specification, third edition, W3C. A program that knows no animations shows the
// first frame.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lienet {

struct ApngFrame {
  std::string_view png;  // the bytes of a PNG file
  int milliseconds;      // how long it is shown, up to 65535
  std::string name;      // for messages
};

// The bytes of a file that shows the frames again and again. What was compressed stays as it is.
// Throws Error for no frames, a frame that is no whole PNG, and one whose size or kind of pixels is
// not the first one's.
std::string apng_of(std::span<const ApngFrame> frames);

}  // namespace lienet
