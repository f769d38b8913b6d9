#include "tools/bench/in_turns.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "tools/training/measure.h"

namespace lienet {

std::vector<Timed> in_turns(std::span<const Contender> contenders, int warmup, int rounds) {
  if (rounds < 1 || warmup < 0)
    fail("bench: {} steps after {}; expected 1 or more after 0 or more", rounds, warmup);
  const size_t n = contenders.size();
  std::vector<Timed> times;
  for (const Contender& c : contenders) times.push_back({c.name, c.title, {}});
  for (int round = 0; round < warmup + rounds; ++round)
    for (size_t i = 0; i < n; ++i) {
      const size_t turn = (static_cast<size_t>(round) + i) % n;
      const double begin = steady_seconds();
      contenders[turn].run();
      if (round >= warmup) times[turn].seconds.push_back(steady_seconds() - begin);
    }
  return times;
}

std::pair<double, double> median_interval(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  // The median lies outside the values that are left, `skipped` left out at each end, when at most
  // so many fall on one side of it: twice a tail of the binomial distribution with p = 1/2.
  const auto n = static_cast<double>(values.size());
  size_t skipped = 0;
  double one = std::pow(0.5, n), tail = one;  // P(X = i), P(X <= i)
  for (double i = 1; i < n / 2; ++i) {
    one *= (n - i + 1) / i;
    tail += one;
    if (2 * tail > 0.05) break;
    skipped = static_cast<size_t>(i);
  }
  return {values[skipped], values[values.size() - 1 - skipped]};
}

}  // namespace lienet
