#include "tools/training/average_precision.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace lienet;

namespace {

constexpr auto eleven = PrecisionRule::eleven_points, area = PrecisionRule::area;

double ap(const std::vector<float>& scores, const std::vector<int8_t>& tags, PrecisionRule rule) {
  return average_precision(scores, tags, rule);
}

}  // namespace

TEST_CASE("average_precision: rankings worked out by hand") {
  // All that show the class first.
  CHECK(ap({9, 8, 7, 6}, {1, 1, 0, 0}, eleven) == doctest::Approx(1));
  CHECK(ap({9, 8, 7, 6}, {1, 1, 0, 0}, area) == doctest::Approx(1));
  // yes no yes no: precision 1 at recall 1/2, 2/3 at 1. Recall 0 to .5: 1, six times; .6 to 1: 2/3.
  CHECK(ap({9, 8, 7, 6}, {1, 0, 1, 0}, eleven) == doctest::Approx((6 + 5 * 2.0 / 3) / 11));
  CHECK(ap({9, 8, 7, 6}, {1, 0, 1, 0}, area) == doctest::Approx((1 + 2.0 / 3) / 2));
  // no yes yes: 1/2, then 2/3: the higher one counts from the beginning.
  CHECK(ap({3, 2, 1}, {0, 1, 1}, eleven) == doctest::Approx(2.0 / 3));
  CHECK(ap({3, 2, 1}, {0, 1, 1}, area) == doctest::Approx(2.0 / 3));
  // One image last of four, in any order of the input.
  CHECK(ap({1, 4, 3, 2}, {1, 0, 0, 0}, area) == doctest::Approx(0.25));
  // Ten images that show it: recall .3 is reached with the third, not before, not after.
  CHECK(ap({12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2}, {1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1}, eleven) ==
        doctest::Approx((4 + 7 * 10.0 / 11) / 11));
}

TEST_CASE("average_precision: what does not count, ties, and nothing to find") {
  CHECK(ap({9, 8, 7}, {-1, 1, 0}, area) == 1);  // as if it were not there
  CHECK(ap({5, 5}, {1, 0}, area) == 1);
  CHECK(ap({5, 5}, {0, 1}, area) == 0.5);
  CHECK(std::isnan(ap({1, 2}, {0, -1}, eleven)));
  CHECK(std::isnan(ap({}, {}, area)));
}

TEST_CASE("average_precision: its mean is over the classes that are there") {
  // Classes in columns: one ranked perfectly, one last, one that no image shows.
  const std::vector<float> scores{2, 1, 5,  //
                                  1, 2, 6};
  const std::vector<int8_t> tags{1, 1, 0,  //
                                 0, 0, -1};
  CHECK(mean_average_precision(scores, tags, 3, area) == doctest::Approx(0.75));
  CHECK(mean_average_precision(scores, tags, 3, eleven) == doctest::Approx(0.75));
  CHECK(std::isnan(mean_average_precision({}, {}, 3, area)));
}
