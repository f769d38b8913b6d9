// A picture that is drawn on: rectangles, images, frames, little text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "datasets/image.h"
#include "tools/pictures/colour_map.h"

namespace lienet {

// The colours of pictures with text.
namespace palette {
inline constexpr Rgb paper{255, 255, 255}, ink{27, 31, 36}, faint{91, 101, 112}, black{0, 0, 0};
}

struct Rect {
  int64_t top = 0, left = 0, height = 0, width = 0;
};

// What lies outside is not drawn.
class Canvas {
 public:
  Canvas(int64_t height, int64_t width, Rgb background);

  int64_t height() const { return height_; }
  int64_t width() const { return width_; }
  Rgb at(int64_t y, int64_t x) const;

  void set(int64_t y, int64_t x, Rgb colour);
  void fill(const Rect& rect, Rgb colour);
  // Along the inside of the rectangle's edge.
  void frame(const Rect& rect, int64_t thickness, Rgb colour);
  void draw(const Canvas& picture, int64_t top, int64_t left);
  // Lines are broken at '\n'. What is not ASCII becomes '?'. Letters are 7 pixels high, times
  // scale.
  void write(std::string_view text, int64_t top, int64_t left, int scale, Rgb colour);
  static int64_t text_width(std::string_view text, int scale);
  static int64_t text_height(std::string_view text, int scale);  // lines of 12 pixels

  std::string png() const;

 private:
  int64_t height_, width_;
  std::vector<uint8_t> rgb_;  // height x width x 3
};

Canvas canvas_of(const Image& image);
// Every pixel as a square of factor x factor.
Canvas enlarged(const Canvas& picture, int64_t factor);
// As large as fits into side x side: small images by a whole factor.
Canvas fitted(const Image& image, int64_t side);

}  // namespace lienet
