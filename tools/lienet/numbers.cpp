#include "tools/lienet/numbers.h"

#include <fmt/format.h>

#include <charconv>

#include "engine/words.h"
#include "tools/lienet/commands.h"

namespace lienet::commands {

std::vector<double> numbers_of(const std::string& option, const std::string& list, double lowest,
                               double highest) {
  std::vector<double> numbers;
  for (const std::string& word : split_list(list)) {
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size() ||
        !(value >= lowest && value <= highest))
      throw UsageError(fmt::format("{} {}: expected numbers from {} to {} with commas between them",
                                   option, list, lowest, highest));
    numbers.push_back(value);
  }
  if (numbers.empty()) throw UsageError(fmt::format("{}: expected a number", option));
  return numbers;
}

}  // namespace lienet::commands
