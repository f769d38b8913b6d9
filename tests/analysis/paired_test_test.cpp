#include "analysis/paired_test.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "engine/error.h"

using namespace lienet;
using doctest::Approx;

TEST_CASE("stats_of: mean and sample standard deviation") {
  const std::vector<double> values{2, 4, 4, 4, 5, 5, 7, 9};
  const SampleStats s = stats_of(values);
  CHECK(s.count == 8);
  CHECK(s.mean == 5);
  CHECK(s.deviation == Approx(std::sqrt(32.0 / 7)));
  CHECK(std::isnan(stats_of({values.data(), 1}).deviation));
  CHECK(std::isnan(stats_of({}).mean));
}

TEST_CASE("Student's distribution: critical values of its tables") {
  struct Case {
    int64_t degrees;
    double t, p;
  };
  for (const Case& c : {Case{1, 12.7062, 0.05}, Case{2, 4.30265, 0.05}, Case{2, 9.92484, 0.01},
                        Case{3, 3.18245, 0.05}, Case{4, 2.77645, 0.05}, Case{5, 2.57058, 0.05},
                        Case{9, 2.26216, 0.05}, Case{10, 2.22814, 0.05}, Case{30, 2.75, 0.01}}) {
    CAPTURE(c.degrees);
    CHECK(student_two_sided(c.t, c.degrees) == Approx(c.p).epsilon(1e-4));
    CHECK(student_two_sided(-c.t, c.degrees) == student_two_sided(c.t, c.degrees));
  }
  CHECK(student_two_sided(0, 1) == 1);
  CHECK(student_two_sided(0, 2) == 1);
  CHECK(student_two_sided(1, 1) == Approx(0.5));  // Cauchy's distribution
  CHECK_THROWS_AS(student_two_sided(1, 0), Error);
}

TEST_CASE("paired_test: differences, not the values' own spread, decide") {
  // Differences 1, 2, 3: mean 2, deviation 1, t = 2 sqrt(3), and with two degrees of freedom
  // p = 1 - t / sqrt(2 + t^2).
  const std::vector<double> a{101, 12, 53}, b{100, 10, 50};
  const PairedTest test = paired_test(a, b);
  CHECK(test.difference.mean == 2);
  CHECK(test.t == Approx(2 * std::sqrt(3.0)));
  CHECK(test.p == Approx(1 - std::sqrt(12.0 / 14)));
  CHECK(std::isnan(paired_test(a, a).p));
  CHECK(std::isnan(paired_test({a.data(), 1}, {b.data(), 1}).p));
  const std::vector<double> always{102, 13, 54};  // by 1 in every pair: no doubt at all
  CHECK(paired_test(always, a).p == 0);
  CHECK_THROWS_AS(paired_test(a, {b.data(), 2}), Error);
}
