#include "tools/pictures/canvas.h"

#include <stb_easy_font.h>

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "tools/pictures/png.h"

namespace lienet {
namespace {

// The library takes text that it may write to.
std::string plain_text(std::string_view text) {
  std::string plain(text);
  for (char& c : plain)
    if (c != '\n' && (c < ' ' || c > '~')) c = '?';
  return plain;
}

// A corner of one of the rectangles that letters are made of.
struct Vertex {
  float x, y, z;
  unsigned char colour[4];
};

}  // namespace

Canvas::Canvas(int64_t height, int64_t width, Rgb background) : height_(height), width_(width) {
  if (height < 1 || width < 1) fail("a picture of {} x {} pixels", height, width);
  rgb_.resize(static_cast<size_t>(3 * height * width));
  fill({0, 0, height, width}, background);
}

Rgb Canvas::at(int64_t y, int64_t x) const {
  const uint8_t* p = rgb_.data() + 3 * (y * width_ + x);
  return {p[0], p[1], p[2]};
}

void Canvas::set(int64_t y, int64_t x, Rgb colour) {
  if (y < 0 || y >= height_ || x < 0 || x >= width_) return;
  uint8_t* p = rgb_.data() + 3 * (y * width_ + x);
  p[0] = colour.r, p[1] = colour.g, p[2] = colour.b;
}

void Canvas::fill(const Rect& r, Rgb colour) {
  const int64_t bottom = std::min(height_, r.top + r.height);
  const int64_t right = std::min(width_, r.left + r.width);
  for (int64_t y = std::max<int64_t>(r.top, 0); y < bottom; ++y)
    for (int64_t x = std::max<int64_t>(r.left, 0); x < right; ++x) set(y, x, colour);
}

void Canvas::frame(const Rect& r, int64_t t, Rgb colour) {
  fill({r.top, r.left, t, r.width}, colour);
  fill({r.top + r.height - t, r.left, t, r.width}, colour);
  fill({r.top, r.left, r.height, t}, colour);
  fill({r.top, r.left + r.width - t, r.height, t}, colour);
}

void Canvas::draw(const Canvas& picture, int64_t top, int64_t left) {
  for (int64_t y = 0; y < picture.height_; ++y)
    for (int64_t x = 0; x < picture.width_; ++x) set(top + y, left + x, picture.at(y, x));
}

void Canvas::write(std::string_view text, int64_t top, int64_t left, int scale, Rgb colour) {
  std::string plain = plain_text(text);
  constexpr size_t corners_per_letter = 4 * 24;  // more than any letter has
  std::vector<Vertex> corners(corners_per_letter * (plain.size() + 1));
  const int count = stb_easy_font_print(0, 0, plain.data(), nullptr, corners.data(),
                                        static_cast<int>(corners.size() * sizeof(Vertex)));
  const auto scaled = [scale](float v) { return std::lround(double(v)) * scale; };
  for (int i = 0; i < count; ++i) {
    const Vertex &a = corners[static_cast<size_t>(4 * i)],
                 &b = corners[static_cast<size_t>(4 * i + 2)];  // the opposite corner
    fill({top + scaled(a.y), left + scaled(a.x), scaled(b.y) - scaled(a.y),
          scaled(b.x) - scaled(a.x)},
         colour);
  }
}

int64_t Canvas::text_width(std::string_view text, int scale) {
  return int64_t{scale} * stb_easy_font_width(plain_text(text).data());
}

int64_t Canvas::text_height(std::string_view text, int scale) {
  return int64_t{scale} * 12 * (1 + std::count(text.begin(), text.end(), '\n'));
}

std::string Canvas::png() const {
  return png_of(rgb_, height_, width_);
}

Canvas canvas_of(const Image& image) {
  Canvas canvas(image.height, image.width, {});
  const auto plane = static_cast<size_t>(image.plane());
  for (int64_t y = 0; y < image.height; ++y)
    for (int64_t x = 0; x < image.width; ++x) {
      const uint8_t* p = image.pixels.data() + y * image.width + x;
      canvas.set(y, x, {p[0], p[plane], p[2 * plane]});
    }
  return canvas;
}

Canvas enlarged(const Canvas& picture, int64_t factor) {
  Canvas result(picture.height() * factor, picture.width() * factor, {});
  for (int64_t y = 0; y < result.height(); ++y)
    for (int64_t x = 0; x < result.width(); ++x)
      result.set(y, x, picture.at(y / factor, x / factor));
  return result;
}

Canvas fitted(const Image& image, int64_t side) {
  const int64_t longer = std::max(image.height, image.width);
  if (longer <= side) return enlarged(canvas_of(image), side / longer);
  const auto shrunk = [&](int64_t n) { return std::max<int64_t>(1, n * side / longer); };
  return canvas_of(resize(image, shrunk(image.height), shrunk(image.width)));
}

}  // namespace lienet
