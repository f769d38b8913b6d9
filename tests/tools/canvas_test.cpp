#include "tools/pictures/canvas.h"

#include <doctest/doctest.h>

#include "engine/error.h"

using namespace lienet;

namespace {

constexpr Rgb white{255, 255, 255}, red{255, 0, 0}, black{0, 0, 0};

int64_t count_of(const Canvas& canvas, Rgb colour) {
  int64_t count = 0;
  for (int64_t y = 0; y < canvas.height(); ++y)
    for (int64_t x = 0; x < canvas.width(); ++x) count += canvas.at(y, x) == colour;
  return count;
}

}  // namespace

TEST_CASE("canvas: rectangles and frames, cut off at the edge") {
  Canvas canvas(5, 7, white);
  canvas.fill({1, 2, 2, 3}, red);
  CHECK(count_of(canvas, red) == 6);
  CHECK(canvas.at(1, 2) == red);
  CHECK(canvas.at(2, 4) == red);
  canvas.fill({-2, -2, 3, 3}, black);
  CHECK(count_of(canvas, black) == 1);
  canvas.fill({4, 6, 9, 9}, black);
  CHECK(count_of(canvas, black) == 2);
  Canvas framed(5, 7, white);
  framed.frame({0, 0, 5, 7}, 1, red);
  CHECK(count_of(framed, red) == 20);
  CHECK_THROWS_AS(Canvas(0, 3, white), Error);
}

TEST_CASE("canvas: images, enlarged and placed") {
  const Image image{1, 2, {1, 2, 3, 4, 5, 6}};
  const Canvas small = canvas_of(image);
  CHECK(small.at(0, 0) == Rgb{1, 3, 5});
  CHECK(small.at(0, 1) == Rgb{2, 4, 6});
  const Canvas big = enlarged(small, 3);
  CHECK(big.height() == 3);
  CHECK(big.width() == 6);
  CHECK(count_of(big, {2, 4, 6}) == 9);
  Canvas canvas(4, 4, white);
  canvas.draw(big, 2, 2);
  CHECK(count_of(canvas, {1, 3, 5}) == 4);
  CHECK(count_of(canvas, white) == 12);
  CHECK(canvas.png().substr(1, 3) == "PNG");
}

TEST_CASE("canvas: text stays where it says, in the lines it says; what is not ASCII is a mark") {
  const auto written = [](const char* text, int scale) {
    Canvas canvas(40, 200, white);
    canvas.write(text, 4, 10, scale, black);
    return canvas;
  };
  for (const int scale : {1, 2}) {
    const Canvas canvas = written("IoU 0.62", scale);
    CHECK(count_of(canvas, black) > 20 * scale * scale);
    const int64_t right = 10 + Canvas::text_width("IoU 0.62", scale);
    for (int64_t y = 0; y < canvas.height(); ++y)
      for (int64_t x = 0; x < canvas.width(); ++x)
        if (canvas.at(y, x) == black) {
          CHECK(y >= 4);
          CHECK(y < 4 + Canvas::text_height("IoU 0.62", scale));
          CHECK(x >= 10);
          CHECK(x < right);
        }
  }
  CHECK(Canvas::text_height("a\nb", 2) == 48);
  CHECK(count_of(written("\xc3\xbc", 1), black) == count_of(written("??", 1), black));
  CHECK(count_of(written("", 1), black) == 0);
}
