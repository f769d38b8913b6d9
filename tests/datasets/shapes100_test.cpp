#include "datasets/shapes100.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "datasets/shapes100_outlines.h"
#include "engine/error.h"

using namespace lienet;

namespace {

uint64_t fnv(const std::vector<uint8_t>& bytes, uint64_t hash = 0xcbf29ce484222325) {
  for (const uint8_t b : bytes) hash = (hash ^ b) * 0x100000001b3;
  return hash;
}

}  // namespace

TEST_CASE("shapes100: the same images everywhere and for any number of threads") {
  const Shapes100 one = make_shapes100({.seed = 5, .train = 300, .test = 120, .threads = 1});
  const Shapes100 three = make_shapes100({.seed = 5, .train = 700, .test = 120, .threads = 3});
  CHECK(one.test.pixels == three.test.pixels);
  CHECK(std::equal(one.train.pixels.begin(), one.train.pixels.end(), three.train.pixels.begin()));
  CHECK(one.test_boxes == three.test_boxes);
  const Shapes100Sample s = draw_shapes100({.seed = 5}, Split::train, 299);
  CHECK(std::equal(s.pixels.begin(), s.pixels.end(), one.train.image(299)));
  CHECK(s.label == one.train.labels[299]);
  CHECK(s.box == one.train_boxes[299]);
  CHECK(make_shapes100({.seed = 6, .train = 1, .test = 1}).train.pixels !=
        std::vector<uint8_t>(one.train.pixels.begin(), one.train.pixels.begin() + 3072));
  // Whoever changes what a seed means must say so: runs on older data could not be repeated.
  CHECK(fnv(one.train.pixels) == 2956380026946020061u);
}

TEST_CASE("shapes100: labels are even, boxes hold objects") {
  const Shapes100 set = make_shapes100({.seed = 1, .train = 1000, .test = 200});
  std::map<int, int> count;
  for (const int label : set.train.labels) ++count[label];
  CHECK(count.size() == 100);
  for (const auto& [label, n] : count) CHECK(n == 10);
  int small = 0;
  for (size_t i = 0; i < 1000; ++i) {
    CHECK(set.train.coarse_labels[i] == set.train.labels[i] / 5);
    const PixelBox& b = set.train_boxes[i];
    CHECK((b.xmin >= 0 && b.ymin >= 0 && b.xmax <= 31 && b.ymax <= 31));
    CHECK((b.xmin <= b.xmax && b.ymin <= b.ymax));
    small += (b.xmax - b.xmin + 1) * (b.ymax - b.ymin + 1) < 60;
  }
  CHECK(small < 100);
}

TEST_CASE("shapes100: only training backgrounds know the class") {
  // The mean colour of the four corners stands for the background; between two classes with far
  // themes it must differ in the training set alone.
  const auto difference = [](const ImageSet& set) {
    double sum[2] = {0, 0};
    int n[2] = {0, 0};
    for (int64_t i = 0; i < set.size(); ++i) {
      const int outline = set.labels[static_cast<size_t>(i)] / 5;
      if (outline > 2 && (outline < 10 || outline > 12)) continue;
      const uint8_t* p = set.image(i);
      for (const int corner : {0, 31, 31 * 32, 1023})
        sum[outline > 2] += p[corner] - p[2048 + corner], ++n[outline > 2];  // red - blue
    }
    return sum[0] / n[0] - sum[1] / n[1];
  };
  const Shapes100 set = make_shapes100({.seed = 2, .train = 2000, .test = 2000});
  CHECK(difference(set.train) > 25);
  CHECK(std::abs(difference(set.test)) < 12);
  const Shapes100 none =
      make_shapes100({.seed = 2, .train = 2000, .test = 1, .background_goes_with_class = 0});
  CHECK(std::abs(difference(none.train)) < 12);
}

TEST_CASE("shapes100: no outline is the mirror image of another") {
  // The share of points by which two outlines differ, at the angle between them that suits best.
  const auto difference = [](int a, int b) {
    constexpr int points = 40;
    int least = points * points;
    for (int angle = -5; angle <= 5; ++angle) {
      const double c = shapes::cosine(angle / 25.0), s = shapes::sine(angle / 25.0);
      int differ = 0;
      for (int i = 0; i < points * points; ++i) {
        const double x = (i % points + 0.5) * 2 / points - 1,
                     y = (i / points + 0.5) * 2 / points - 1;
        differ += shapes::inside(a, x, y) != shapes::inside(b, -(c * x + s * y), c * y - s * x);
      }
      least = std::min(least, differ);
    }
    return static_cast<double>(least) / (points * points);
  };
  for (int a = 0; a < shapes::outlines; ++a)
    for (int b = 0; b < a; ++b) {
      CAPTURE(shapes::outline_names[a]);
      CAPTURE(shapes::outline_names[b]);
      CHECK(difference(a, b) > 0.05);
    }
}

TEST_CASE("shapes100: options that make no sense are refused") {
  CHECK_THROWS_AS(make_shapes100({.train = 0}), Error);
  CHECK_THROWS_AS(make_shapes100({.test = -1}), Error);
  CHECK_THROWS_AS(make_shapes100({.background_goes_with_class = 1.5}), Error);
  CHECK_THROWS_AS(make_shapes100({.threads = -2}), Error);
  CHECK_THROWS_WITH_AS(make_shapes100({.threads = 1025}),
                       "shapes100: 1025 threads; expected 0 (all) to 1024", Error);
  CHECK_THROWS_AS(draw_shapes100({.background_goes_with_class = -1}, Split::train, 0), Error);
}

TEST_CASE("shapes100: its sine is a sine") {
  for (int i = -64; i <= 64; ++i)
    CHECK(shapes::sine(i / 32.0) == doctest::Approx(std::sin(i / 32.0 * 6.283185307179586)));
}
