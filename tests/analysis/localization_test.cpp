#include "analysis/localization.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "engine/error.h"
#include "engine/random.h"

using namespace lienet;

TEST_CASE("localization: IoU counts the pixels at both ends") {
  CHECK(iou({0, 0, 9, 9}, {5, 5, 14, 14}) == doctest::Approx(25.0 / 175));
  CHECK(iou({0, 0, 9, 9}, {0, 0, 9, 9}) == 1);
  CHECK(iou({0, 0, 4, 4}, {5, 0, 9, 4}) == 0);
  CHECK(iou({3, 3, 3, 3}, {3, 3, 3, 4}) == 0.5);
}

TEST_CASE("localization: the box around the highest values; of equals the first") {
  const std::vector<double> map{0, 0, 0, 0,  //
                                0, 5, 0, 0,  //
                                0, 0, 7, 0};
  CHECK(salient_box(map, 3, 4, 1.0 / 12) == PixelBox{2, 2, 2, 2});
  CHECK(salient_box(map, 3, 4, 0.15) == PixelBox{1, 1, 2, 2});  // ceil(1.8) = 2
  CHECK(salient_box(map, 3, 4, 0.25) == PixelBox{0, 0, 2, 2});  // the third: the first zero
  CHECK(salient_box(map, 3, 4, 1) == PixelBox{0, 0, 3, 2});
  CHECK_THROWS_AS(salient_box(map, 3, 4, 0), Error);
  CHECK_THROWS_AS(salient_box(map, 3, 3), Error);
}

TEST_CASE("localization: the box is that of a stable sort, whatever the ties") {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    Random random({.seed = seed, .use = RandomUse::test});
    constexpr int height = 7, width = 11;
    std::vector<double> map;
    for (int i = 0; i < height * width; ++i) map.push_back(random.below(seed % 5 + 1));
    std::vector<int> order(map.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return map[static_cast<size_t>(a)] > map[static_cast<size_t>(b)];
    });
    PixelBox box{width, height, -1, -1};
    for (const int i : std::span(order).first(12))  // ceil(0.15 * 77)
      box = {std::min(box.xmin, i % width), std::min(box.ymin, i / width),
             std::max(box.xmax, i % width), std::max(box.ymax, i / width)};
    CHECK(salient_box(map, height, width) == box);
  }
}

TEST_CASE("localization: of several objects the best, and all of them together") {
  const std::vector<double> map{-1, -1, -1, -1,  //
                                -1, 4,  3,  -1,  //
                                -1, -1, -1, 1};
  const std::vector<PixelBox> objects{{1, 1, 2, 1}, {3, 0, 3, 1}};
  const Localization l = localize(map, 3, 4, objects);
  CHECK(l.box == PixelBox{1, 1, 2, 1});
  CHECK(l.iou == 1);
  CHECK(l.iou_of_union == doctest::Approx(2.0 / 6));
  CHECK(l.pointed);
  CHECK(l.energy == doctest::Approx(9.0 / 11));
  const Localization second = localize(map, 3, 4, std::span(objects).subspan(1));
  CHECK(second.iou == 0);
  CHECK(!second.pointed);
  CHECK(second.energy == 0);
  CHECK_THROWS_AS(localize(map, 3, 4, {}), Error);
}

TEST_CASE("localization: the baseline is a centred box, whatever the image") {
  const std::vector<double> map = centre_map(100, 200);
  const PixelBox box = salient_box(map, 100, 200);
  CHECK(box.xmin + box.xmax == 199);
  CHECK(box.ymin + box.ymax == 99);
  // A disc of 15 % of the area is 2 sqrt(0.15 / pi) = 0.437 of each side wide.
  CHECK(box.xmax - box.xmin + 1 == doctest::Approx(87.4).epsilon(0.03));
  CHECK(box.ymax - box.ymin + 1 == doctest::Approx(43.7).epsilon(0.06));
  CHECK(localize(std::vector<double>(12, 3.0), 3, 4, std::vector<PixelBox>{{0, 0, 3, 2}}).energy ==
        0);
}
