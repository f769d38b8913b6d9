#include "analysis/localization_table.h"

#include <doctest/doctest.h>

#include "datasets/voc.h"
#include "voc_folder.h"

using namespace lienet;

TEST_CASE("localization_table: a case for each image and class with something to find") {
  const std::vector<std::vector<ObjectBox>> objects = {
      {{5, {0, 0, 1, 1}}, {3, {2, 2, 3, 3}}, {5, {4, 4, 5, 5}}},
      {{7, {0, 0, 9, 9}, true}},                            // difficult alone: no case
      {{3, {0, 0, 1, 1}, true}, {3, {1, 1, 2, 2}, false}},  // one of two instances counts
      {},
  };
  const auto cases = localization_cases(objects);
  REQUIRE(cases.size() == 3);
  CHECK(cases[0].image == 0);
  CHECK(cases[0].label == 3);
  CHECK(cases[0].single);
  CHECK(cases[1].label == 5);
  CHECK(cases[1].objects == std::vector<PixelBox>{{0, 0, 1, 1}, {4, 4, 5, 5}});
  CHECK(!cases[1].single);
  CHECK(cases[1].group == 0);
  CHECK(cases[2].image == 2);
  CHECK(cases[2].group == 1);
  CHECK(cases[2].objects == std::vector<PixelBox>{{1, 1, 2, 2}});
  CHECK(!cases[2].single);
}

// 10x10 pixels; the map's 15 highest are rows 2 to 4, columns 3 to 7, of which the highest is (4,
// 7).
TEST_CASE("localization_table: IoU in a folder of VOC's, by hand") {
  const test::VocFolder folder;
  const Image image = test::flat_image(10, 10, 1, 2, 3);
  folder.add("test", "000001", image,
             {{"dog", 4, 3, 8, 5},           // the box itself, counted from one
              {"cat", 1, 1, 2, 2},           // nothing in common
              {"cat", 4, 3, 8, 10},          // 15 of 40 pixels
              {"bird", 4, 3, 8, 5, true}});  // difficult: no case
  folder.add("test", "000002", image, {{"person", 6, 4, 10, 7}, {"person", 1, 1, 10, 10, true}});
  const AnnotatedImages voc = read_voc(folder.root(), "test", {.side = 10, .shorter = 10});
  std::vector<double> map(100);
  for (size_t y = 2; y <= 4; ++y)
    for (size_t x = 3; x <= 7; ++x) map[10 * y + x] = static_cast<double>(10 * y + x);
  const auto cases = localization_cases(voc.objects);
  REQUIRE(cases.size() == 3);  // cat, dog; person
  std::vector<Localization> found;
  for (const LocalizationCase& c : cases) found.push_back(localize(map, 10, 10, c.objects));
  CHECK(found[0].iou == doctest::Approx(15.0 / 40));
  CHECK(found[0].iou_of_union == doctest::Approx(15.0 / 80));  // both cats: 8 columns, 10 rows
  CHECK(found[1].iou == 1);
  CHECK(found[1].energy == 1);
  // Columns 5 to 9, rows 3 to 6: 3 columns and 2 rows in common.
  CHECK(found[2].iou == doctest::Approx(6.0 / (15 + 20 - 6)));
  CHECK(found[2].pointed);
  const LocalizationRow row = localization_row(cases, found, found, Bootstrap(2));
  CHECK(row.iou.mean == doctest::Approx((0.375 + 1 + 6.0 / 29) / 3));
  CHECK(row.iou_single.mean == 1);  // the dog alone has one instance in all
  CHECK(row.half.mean == doctest::Approx(1.0 / 3));
  CHECK(row.beyond_centre.high == 0);
}

TEST_CASE("localization_table: its figures by hand") {
  const std::vector<LocalizationCase> cases = {
      {0, 0, 0, {}, true}, {0, 0, 1, {}, false}, {1, 1, 0, {}, true}};
  const std::vector<Localization> found = {
      {{}, 0.5, 0.2, true, 0.1}, {{}, 0.4, 0.3, false, 0.4}, {{}, 0.9, 0.4, true, 0.7}};
  const std::vector<Localization> centre = {
      {{}, 0.2, 0, false, 0}, {{}, 0.3, 0, false, 0}, {{}, 0.4, 0, false, 0}};
  const LocalizationRow row = localization_row(cases, found, centre, Bootstrap(2));
  CHECK(row.iou.mean == doctest::Approx(0.6));
  CHECK(row.iou.low == doctest::Approx(0.45));  // the first image twice
  CHECK(row.iou.high == doctest::Approx(0.9));
  CHECK(row.iou_of_union.mean == doctest::Approx(0.3));
  CHECK(row.iou_single.mean == doctest::Approx(0.7));
  CHECK(row.iou_single.values == 2);
  CHECK(row.half.mean == doctest::Approx(2.0 / 3));
  CHECK(row.pointed.mean == doctest::Approx(2.0 / 3));
  CHECK(row.energy.mean == doctest::Approx(0.4));
  CHECK(row.beyond_centre.mean == doctest::Approx(0.3));
  CHECK(row.beyond_centre.low == doctest::Approx(0.2));
}
