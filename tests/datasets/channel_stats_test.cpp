#include "datasets/channel_stats.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"

using namespace lienet;

TEST_CASE("channel stats: measured over a set") {
  ImageSet set;
  set.height = 1, set.width = 2;
  CHECK_THROWS_AS(measure_stats(set), Error);
  set.labels = {0, 0};
  set.pixels = {0, 255, 51, 51, 10, 20, 0, 255, 51, 102, 30, 40};
  const ChannelStats s = measure_stats(set);
  CHECK(s.mean[0] == doctest::Approx(0.5));
  CHECK(s.deviation[0] == doctest::Approx(0.5));
  CHECK(s.mean[1] == doctest::Approx(0.25));
  CHECK(s.deviation[2] == doctest::Approx(std::sqrt(125.0) / 255));
  set.pixels[9] = 51;
  CHECK_THROWS_AS(measure_stats(set), Error);
}
