#include "tools/lienet/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "engine/version.h"
#include "engine/words.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/config_file.h"

namespace lienet::commands {
namespace {

std::string nearest_option(const CLI::App& command, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* o : command.get_options())
    for (const std::string& name : o->get_lnames()) names.push_back("--" + name);
  for (const CLI::App* c : command.get_subcommands({})) names.push_back(c->get_name());
  const std::vector<std::string_view> known(names.begin(), names.end());
  return std::string(nearest_word(word, known));
}

// One line: what was wrong, what an unknown word was probably meant to be, where to read on.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* asked = &app;
  std::string command = "lienet";
  while (!asked->get_subcommands().empty()) {
    asked = asked->get_subcommands().front();
    command += " " + asked->get_name();
  }
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (const std::vector<std::string> unknown = asked->remaining(); !unknown.empty()) {
    const std::string name = unknown.front().substr(0, unknown.front().find('='));
    text =
        name.starts_with('-') || !asked->get_subcommands({}).empty()
            ? fmt::format("{} is not known; did you mean {}?", name, nearest_option(*asked, name))
            : fmt::format("{}: unexpected; {} takes no such word", name, command);
  }
  return fmt::format("{} (see {} --help)", text, command);
}

// Without CLI11's mark of the names that switch a flag off.
class HelpFormatter : public CLI::Formatter {
  std::string make_option_name(const CLI::Option* option, bool positional) const override {
    constexpr std::string_view mark = "{false}";
    std::string name = CLI::Formatter::make_option_name(option, positional);
    if (const size_t at = name.find(mark); at != name.npos) name.erase(at, mark.size());
    return name;
  }
};

// Every subcommand, with what runs it.
class Program {
 public:
  Program() {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.set_version_flag("--version", version());
    for (const auto add :
         {add_train, add_eval, add_saliency, add_localize, add_enhance, add_randomize, add_prune,
          add_attack, add_gsnr, add_reproduce, add_data, add_export, add_info, add_trace,
          add_verify, add_bench, add_completion, add_manual}) {
      Run action = add(app_);
      all_.emplace_back(app_.get_subcommands({}).back(), std::move(action));
    }
  }

  // Throws CLI::ParseError; also for help and version, with exit code 0.
  void parse(const std::vector<std::string>& words) {
    std::vector<std::string> expanded = expand_config(app_, words);
    std::reverse(expanded.begin(), expanded.end());  // as CLI11 wants them
    app_.parse(std::move(expanded));
  }
  int run() const {
    for (const auto& [command, action] : all_)
      if (command->parsed()) return action();
    return wrong_usage;
  }
  const CLI::App& app() const { return app_; }

 private:
  CLI::App app_{"lienet: deep learning with lateral inhibition", "lienet"};
  std::vector<std::pair<const CLI::App*, Run>> all_;
};

int run(const std::vector<std::string>& words) {
  Program program;
  try {
    program.parse(words);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return program.app().exit(e);  // help, version
    throw UsageError(explain(program.app(), e));
  }
  return program.run();
}

}  // namespace

int run_command_line(const std::vector<std::string>& words) {
  try {
    return run(words);
  } catch (const UsageError& e) {
    fmt::print(stderr, "lienet: {}\n", e.what());
    return wrong_usage;
  } catch (const std::exception& e) {
    fmt::print(stderr, "lienet: {}\n", e.what());
    return failed;
  }
}

void check_command_line(const std::vector<std::string>& words) {
  Program program;
  try {
    program.parse(words);
  } catch (const CLI::ParseError& e) {
    throw UsageError(explain(program.app(), e));
  }
}

}  // namespace lienet::commands
