#include "tools/lienet/config_file.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "engine/file.h"
#include "tools/lienet/commands.h"

namespace lienet::commands {
namespace {

std::vector<std::string> options_of(const std::string& file, const std::string& command) {
  constexpr uint64_t largest = 1 << 20;
  std::vector<std::string> words;
  std::istringstream in(read_file(file, largest));
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(in)) {
    if (item.name == "++" || item.name == "--") continue;  // begin and end of a section
    if (!item.parents.empty() && item.parents != std::vector{command})
      throw UsageError(fmt::format("{}: section [{}]: expected [{}] or none", file,
                                   fmt::join(item.parents, "."), command));
    words.push_back(fmt::format("--{}={}", item.name, fmt::join(item.inputs, ",")));
  }
  return words;
}

}  // namespace

std::vector<std::string> expand_config(const std::vector<std::string>& words) {
  constexpr std::string_view key = "--config";
  std::vector<std::string> options, rest;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == key && i + 1 == words.size()) throw UsageError("--config: expected a file");
    std::string file;
    if (word == key)
      file = words[++i];
    else if (word.starts_with("--config="))
      file = word.substr(key.size() + 1);
    else {
      rest.push_back(word);
      continue;
    }
    try {
      for (std::string& option : options_of(file, words.front()))
        options.push_back(std::move(option));
    } catch (const CLI::Error& e) {
      throw UsageError(fmt::format("{}: {}", file, e.what()));
    }
  }
  if (!rest.empty()) rest.insert(rest.begin() + 1, options.begin(), options.end());
  return rest;
}

}  // namespace lienet::commands
