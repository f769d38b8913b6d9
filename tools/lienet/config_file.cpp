#include "tools/lienet/config_file.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "engine/file.h"
#include "tools/lienet/commands.h"

namespace lienet::commands {
namespace {

std::vector<std::string> options_of(const std::string& file, const std::string& command) {
  std::vector<std::string> words;
  for (const FileOption& option : read_options(file)) {
    if (!option.section.empty() && option.section != command)
      throw UsageError(
          fmt::format("{}: section [{}]: expected [{}] or none", file, option.section, command));
    words.push_back(option.word());
  }
  return words;
}

}  // namespace

std::vector<FileOption> parse_options(const std::string& text, const std::string& source) {
  std::vector<FileOption> options;
  std::istringstream in(text);
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(in)) {
      if (item.name == "++" || item.name == "--") continue;  // begin and end of a section
      options.push_back({fmt::format("{}", fmt::join(item.parents, ".")), item.name,
                         fmt::format("{}", fmt::join(item.inputs, ","))});
    }
  } catch (const CLI::Error& e) {
    throw UsageError(fmt::format("{}: {}", source, e.what()));
  }
  return options;
}

std::vector<FileOption> read_options(const std::string& file) {
  constexpr uint64_t largest = 1 << 20;
  return parse_options(read_file(file, largest), file);
}

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
    for (std::string& option : options_of(file, words.front()))
      options.push_back(std::move(option));
  }
  if (!rest.empty()) rest.insert(rest.begin() + 1, options.begin(), options.end());
  return rest;
}

}  // namespace lienet::commands
