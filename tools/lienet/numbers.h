// Lists of numbers as options have them.
#pragma once

#include <string>
#include <vector>

namespace lienet::commands {

// "0,0.5,1" -> 0, 0.5, 1. Throws UsageError, naming the option, for what is no list of numbers, and
// for one outside lowest .. highest.
std::vector<double> numbers_of(const std::string& option, const std::string& list, double lowest,
                               double highest);

}  // namespace lienet::commands
