// Whether two series that belong together, seed by seed, differ.
#pragma once

#include <cstdint>
#include <span>

namespace lienet {

struct SampleStats {
  int64_t count = 0;
  double mean = 0;
  double deviation = 0;  // standard, with division by n - 1; NaN of fewer than two values
};
// Of no values, mean and deviation are NaN.
SampleStats stats_of(std::span<const double> values);

struct PairedTest {
  SampleStats difference;  // a - b
  double t = 0;            // NaN of fewer than two pairs, or where all differences are 0
  double p = 1;            // two-sided; NaN likewise
};
// Student's t-test of the differences a_i - b_i. Throws Error unless there are as many a as b.
PairedTest paired_test(std::span<const double> a, std::span<const double> b);

// P(|T| > |t|) of Student's distribution with so many degrees of freedom, at least 1: Abramowitz
// and Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4, which are exact.
double student_two_sided(double t, int64_t degrees);

}  // namespace lienet
