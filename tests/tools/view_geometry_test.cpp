#include "tools/pictures/view_geometry.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "image_files.h"
#include "temporary_directory.h"

using namespace lienet;

namespace {

// Of files: squares of 4 pixels out of images whose shorter side is brought to `shorter`.
ImageSet files(int64_t shorter) {
  ImageSet set;
  set.height = set.width = 4;
  set.files = {"a.png"};
  set.shorter = shorter;
  return set;
}

}  // namespace

TEST_CASE("view geometry: an image in memory is seen as it is") {
  ImageSet set;
  set.height = 2;
  set.width = 3;
  const std::vector<double> map{1, 2, 3, 4, 5, 6};
  CHECK(to_original(map, geometry_of(set, 2, 3)) == map);
}

TEST_CASE("view geometry: a whole image that was squeezed gets its map all over") {
  const std::vector<double> map(16, 7);
  const std::vector<double> back = to_original(map, geometry_of(files(0), 8, 20));
  CHECK(back == std::vector<double>(160, 7));
  std::vector<double> ramp;  // by columns
  for (int i = 0; i < 16; ++i) ramp.push_back(i % 4);
  const std::vector<double> wide = to_original(ramp, geometry_of(files(0), 4, 8));
  CHECK(std::vector<double>(wide.begin(), wide.begin() + 8) ==
        std::vector<double>{0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3});
}

TEST_CASE("view geometry: what was cut off has no value; what was seen is where it was") {
  // 10 x 20 -> 5 x 10, of which rows 0..3 and columns 3..6 are seen.
  const ViewGeometry g = geometry_of(files(5), 10, 20);
  CHECK(g.resized_height == 5);
  CHECK(g.resized_width == 10);
  CHECK(g.top == 0);
  CHECK(g.left == 3);
  std::vector<double> map(16, 0);
  map[5] = 1;  // row 1, column 1 of the view: rows 2..3, columns 8..9 of the image
  const std::vector<double> back = to_original(map, g);
  REQUIRE(back.size() == 200);
  for (int64_t y = 0; y < 10; ++y)
    for (int64_t x = 0; x < 20; ++x) {
      CAPTURE(y);
      CAPTURE(x);
      const double v = back[static_cast<size_t>(y * 20 + x)];
      CHECK(std::isnan(v) == (y >= 8 || x < 6 || x >= 14));
    }
  const auto highest = std::max_element(back.begin(), back.end(), [](double a, double b) {
    return (std::isnan(a) ? -1 : a) < (std::isnan(b) ? -1 : b);
  });
  CHECK(highest - back.begin() == 2 * 20 + 8);
}

TEST_CASE("view geometry: of an odd margin the half that centre_crop() cuts off") {
  const test::TemporaryDirectory dir;
  Image image{4, 7, {}};
  for (int c = 0; c < 3; ++c)
    for (uint8_t i = 0; i < 28; ++i) image.pixels.push_back(i % 7);
  test::put(dir / "a.png", test::png_file(image));
  ImageSet set = files(4);
  set.folder = dir.path();
  set.labels = {0};
  const ViewGeometry g = geometry_of(set, 4, 7);
  CHECK(g.left == set.view(0).pixels[0]);
  CHECK(g.left == 2);
}

TEST_CASE("view geometry: boxes are where the view shows them") {
  ImageSet memory;
  memory.height = 6;
  memory.width = 9;
  const std::vector<PixelBox> boxes{{1, 2, 3, 4}, {8, 5, 8, 5}};
  CHECK(in_view(memory, 0, boxes) == boxes);
  // 8 x 20 to 4 x 10, of which columns 3 to 6 are seen.
  const ViewGeometry cut = geometry_of(files(4), 8, 20);
  const std::vector<PixelBox> all{{0, 0, 19, 7}, {7, 1, 8, 2}, {0, 0, 5, 7}, {13, 7, 19, 7}};
  CHECK(in_view(cut, all) == std::vector<PixelBox>{{0, 0, 3, 3}, {0, 0, 1, 1}, {3, 3, 3, 3}});
  // Made larger, 2 x 2 to 4 x 4.
  const std::vector<PixelBox> corner{{1, 0, 1, 0}};
  CHECK(in_view(geometry_of(files(0), 2, 2), corner) == std::vector<PixelBox>{{2, 0, 3, 1}});
}
