// Things to time that take turns: a clock or a temperature that drifts favours none of them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lienet {

struct Contender {
  std::string name, title;
  std::function<void()> run;
};

struct Timed {
  std::string name, title;
  std::vector<double> seconds;  // of each round
};

// Each runs once a round, every round begins with another one, and the first `warmup` rounds do not
// count. Throws Error where there is no round left to count.
std::vector<Timed> in_turns(std::span<const Contender> contenders, int warmup, int rounds);

// Two of the values that enclose the median of what they are samples of, with 95 % or more however
// that is distributed; the least and the greatest where they are too few for that: below 6.
std::pair<double, double> median_interval(std::vector<double> values);

}  // namespace lienet
