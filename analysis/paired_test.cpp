#include "analysis/paired_test.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "engine/check.h"

namespace lienet {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

SampleStats stats_of(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  SampleStats s{std::ssize(values), unknown, unknown};
  if (values.empty()) return s;
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  s.mean = sum / n;
  for (const double v : values) squares += (v - s.mean) * (v - s.mean);
  if (values.size() > 1) s.deviation = std::sqrt(squares / (n - 1));
  return s;
}

PairedTest paired_test(std::span<const double> a, std::span<const double> b) {
  LIENET_CHECK(a.size() == b.size(), "a paired test of {} and {} values", a.size(), b.size());
  std::vector<double> differences;
  for (size_t i = 0; i < a.size(); ++i) differences.push_back(a[i] - b[i]);
  PairedTest test{stats_of(differences), unknown, unknown};
  const SampleStats& d = test.difference;
  if (d.count < 2 || (d.deviation == 0 && d.mean == 0)) return test;
  test.t = d.mean / (d.deviation / std::sqrt(static_cast<double>(d.count)));
  test.p = student_two_sided(test.t, d.count - 1);
  return test;
}

double student_two_sided(double t, int64_t degrees) {
  LIENET_CHECK(degrees >= 1, "Student's distribution with {} degrees of freedom", degrees);
  const double theta = std::atan(std::abs(t) / std::sqrt(static_cast<double>(degrees)));
  const double c = std::cos(theta), s = std::sin(theta);
  // A(t|nu) = P(|T| <= t): a sum of powers of cos(theta), of odd ones where nu is odd.
  const bool odd = degrees % 2 == 1;
  double term = odd ? c : 1, sum = degrees == 1 ? 0 : term;
  for (int64_t k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= c * c * static_cast<double>(k - 1) / static_cast<double>(k);
    sum += term;
  }
  const double inside = odd ? 2 / std::numbers::pi * (theta + s * sum) : s * sum;
  return 1 - inside;
}

}  // namespace lienet
