#include <doctest/doctest.h>

#include "datasets/image.h"
#include "engine/error.h"
#include "image_files.h"

using namespace lienet;

namespace {

using Bytes = std::vector<uint8_t>;

Bytes resized(int64_t h, int64_t w, int64_t to_h, int64_t to_w) {
  return resize(test::noise_image(h, w), to_h, to_w).pixels;
}

uint32_t checksum(const Bytes& bytes) {
  uint32_t sum = 0;
  for (const uint8_t b : bytes) sum = sum * 31 + b;
  return sum;
}

}  // namespace

// Expected: Image.resize((width, height), Image.BILINEAR) of Pillow 9.4. (Pillow 13
// resizes columns first where that is less work; its bytes then differ by 1 at most.)
TEST_CASE("resize: the bytes that Pillow makes") {
  CHECK(resized(5, 7, 3, 2) == Bytes{101, 143, 145, 121, 151, 163, 126, 170, 139, 118, 139, 121,
                                     106, 149, 128, 143, 83, 115});
  CHECK(resized(9, 4, 2, 6) == Bytes{142, 134, 124, 118, 120, 124, 182, 155, 136, 168, 141, 107,
                                     151, 127, 113, 160, 165, 157, 149, 132, 109, 86,  115, 151,
                                     175, 160, 141, 126, 116, 109, 170, 129, 92,  105, 104, 100});
  CHECK(checksum(resized(113, 71, 64, 48)) == 1999088424u);
  CHECK(checksum(resized(60, 97, 224, 224)) == 3630003307u);
}

TEST_CASE("resize: sizes") {
  const Image image = test::noise_image(6, 9);
  CHECK(resize(image, 6, 9).pixels == image.pixels);
  const Image wide = resize_shorter(image, 4), high = resize_shorter(test::noise_image(9, 6), 4);
  CHECK(wide.height == 4);
  CHECK(wide.width == 6);
  CHECK(high.height == 6);
  CHECK(high.width == 4);
  CHECK(resize_shorter(test::noise_image(3, 5), 4).width == 6);  // 6.67, rounded down
  CHECK_THROWS_AS(resize(image, 0, 3), Error);
  CHECK_THROWS_AS(resize_shorter(Image{}, 3), Error);
}

TEST_CASE("crop and centre_crop") {
  Image image{3, 4, {}};
  for (uint8_t i = 0; i < 36; ++i) image.pixels.push_back(i);
  CHECK(crop(image, 1, 2, 2, 2).pixels == Bytes{6, 7, 10, 11, 18, 19, 22, 23, 30, 31, 34, 35});
  // Margins of 1 and 3: half of them is 0.5, to 0, and 1.5, to 2.
  CHECK(centre_crop(image, 2, 1).pixels == Bytes{2, 6, 14, 18, 26, 30});
  CHECK_THROWS_WITH_AS(crop(image, 0, 2, 1, 3), "crop: 1x3 pixels at (0, 2) of an image of 3x4",
                       Error);
  CHECK_THROWS_AS(centre_crop(image, 4, 4), Error);
}

TEST_CASE("resize_and_centre_crop: as one after the other, without the rest") {
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{40, 61}, {90, 13}, {7, 8}}) {
    const Image image = test::noise_image(height, width);
    for (const int64_t size : {12, 13, 29})
      CHECK(resize_and_centre_crop(image, size, 11, 12).pixels ==
            centre_crop(resize_shorter(image, size), 11, 12).pixels);
  }
  for (const auto& [height, width] : {std::pair<int64_t, int64_t>{1, 1 << 20}, {1 << 20, 1}}) {
    const Image thin = resize_and_centre_crop(test::flat_image(height, width, 3, 5, 7), 4000, 9, 8);
    CHECK(thin.pixels == test::flat_image(9, 8, 3, 5, 7).pixels);
  }
  CHECK_THROWS_WITH_AS(resize_and_centre_crop(test::noise_image(7, 14), 10, 11, 10),
                       "crop: 11x10 pixels of an image of 10x20", Error);
  CHECK_THROWS_AS(resize_and_centre_crop(Image{}, 3, 1, 1), Error);
}
