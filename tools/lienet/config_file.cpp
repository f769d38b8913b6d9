#include "tools/lienet/config_file.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "engine/file.h"
#include "tools/lienet/commands.h"

namespace lienet::commands {
namespace {

std::vector<FileOption> options_of(const std::string& file, const std::string& command) {
  std::vector<FileOption> options;
  check_usage([&] { options = read_options(file); });
  for (const FileOption& option : options)
    if (!option.section.empty() && option.section != command)
      throw UsageError(
          fmt::format("{}: section [{}]: expected [{}] or none", file, option.section, command));
  return options;
}

// Whether all the words count that the command's option is given.
bool takes_several(const CLI::App& program, const std::string& command, const std::string& option) {
  for (const CLI::App* c : program.get_subcommands({})) {
    if (c->get_name() != command) continue;
    const CLI::Option* o = c->get_option_no_throw(option);
    return o && o->get_items_expected_max() > 1;
  }
  return false;
}

}  // namespace

std::vector<FileOption> parse_options(const std::string& text, const std::string& source) {
  std::vector<FileOption> options;
  std::istringstream in(text);
  try {
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(in)) {
      if (item.name == "++" || item.name == "--") continue;  // begin and end of a section
      options.push_back({fmt::format("{}", fmt::join(item.parents, ".")), item.name,
                         fmt::format("{}", fmt::join(item.inputs, ",")), item.inputs});
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

std::vector<std::string> expand_config(const CLI::App& program,
                                       const std::vector<std::string>& words) {
  constexpr std::string_view key = "--config";
  std::vector<FileOption> options;
  std::vector<std::string> rest;
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
    for (FileOption& option : options_of(file, words.front())) options.push_back(std::move(option));
  }
  if (rest.empty()) return rest;
  std::vector<std::string> expanded{rest.front()};
  for (const FileOption& option : options) {
    const std::string name = "--" + option.name;
    if (!takes_several(program, rest.front(), name)) {
      expanded.push_back(option.word());
      continue;
    }
    const bool given = std::any_of(rest.begin(), rest.end(), [&](const std::string& word) {
      return word == name || word.starts_with(name + "=");
    });
    for (const std::string& value : option.values)
      if (!given) expanded.push_back(name + "=" + value);
  }
  expanded.insert(expanded.end(), rest.begin() + 1, rest.end());
  return expanded;
}

}  // namespace lienet::commands
