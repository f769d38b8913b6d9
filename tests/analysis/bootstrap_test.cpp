#include "analysis/bootstrap.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "engine/error.h"
#include "engine/random.h"

using namespace lienet;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

std::vector<int64_t> each_its_own(size_t n) {
  std::vector<int64_t> groups(n);
  std::iota(groups.begin(), groups.end(), int64_t{0});
  return groups;
}

}  // namespace

TEST_CASE("bootstrap: the interval of a mean is as wide as theory says") {
  // Uniform values: deviation 1/sqrt(12), of the mean of 400: 0.01443; 95 %: +- 1.96 of that.
  Random random({.seed = 3, .use = RandomUse::test});
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) values.push_back(random.uniform());
  const auto groups = each_its_own(400);
  const Estimate e = Bootstrap(400).mean(values, groups);
  CHECK(e.values == 400);
  CHECK(e.mean == doctest::Approx(std::accumulate(values.begin(), values.end(), 0.0) / 400));
  CHECK(e.high - e.low == doctest::Approx(2 * 1.96 * 0.01443).epsilon(0.1));
  CHECK(e.low < e.mean);
  CHECK(e.mean < e.high);
  // The same seed draws the same; another one does not.
  CHECK(Bootstrap(400).mean(values, groups).low == e.low);
  CHECK(Bootstrap(400, {.seed = 1}).mean(values, groups).low != e.low);
}

TEST_CASE("bootstrap: values of one group are drawn together") {
  // Each value four times in its group: the interval is that of the groups, not half of it.
  Random random({.seed = 4, .use = RandomUse::test});
  std::vector<double> one, four;
  std::vector<int64_t> groups;
  for (int64_t g = 0; g < 100; ++g) {
    one.push_back(random.uniform());
    for (int k = 0; k < 4; ++k) {
      four.push_back(one.back());
      groups.push_back(g);
    }
  }
  const Bootstrap bootstrap(100);
  const Estimate a = bootstrap.mean(one, each_its_own(100)), b = bootstrap.mean(four, groups);
  CHECK(a.low == doctest::Approx(b.low));
  CHECK(a.high == doctest::Approx(b.high));
}

TEST_CASE("bootstrap: known ends, gaps, and nothing at all") {
  const Bootstrap two(2);
  const Estimate constant = two.mean(std::vector<double>{7, 7}, each_its_own(2));
  CHECK(constant.mean == 7);
  CHECK(constant.low == 7);
  CHECK(constant.high == 7);
  // Of two values each extreme comes up in a quarter of the samples.
  const Estimate both = two.mean(std::vector<double>{0, 1}, each_its_own(2));
  CHECK(both.low == 0);
  CHECK(both.high == 1);
  const Estimate gap = two.mean(std::vector<double>{missing, 1}, each_its_own(2));
  CHECK(gap.values == 1);
  CHECK(gap.mean == 1);
  CHECK(gap.low == 1);
  const Estimate none = two.mean(std::vector<double>{missing, missing}, each_its_own(2));
  CHECK(none.values == 0);
  CHECK(std::isnan(none.mean));
  CHECK(std::isnan(none.low));
  CHECK_THROWS_AS(Bootstrap(0), Error);
  CHECK_THROWS_AS(Bootstrap(1, {.samples = 0}), Error);
  CHECK_THROWS_AS(Bootstrap(1, {.level = 1}), Error);
}
