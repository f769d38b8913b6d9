// The command line: finds the subcommand, turns errors into one line and an exit code.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "engine/words.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/config_file.h"
#include "tools/lienet/options.h"

namespace {

using namespace lienet;

std::string nearest_option(const CLI::App& command, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* o : command.get_options())
    for (const std::string& name : o->get_lnames()) names.push_back("--" + name);
  for (const CLI::App* c : command.get_subcommands({})) names.push_back(c->get_name());
  const std::vector<std::string_view> known(names.begin(), names.end());
  return std::string(nearest_word(word.substr(0, word.find('=')), known));
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
  if (const std::vector<std::string> unknown = asked->remaining(); !unknown.empty())
    text = fmt::format("{} is not known; did you mean {}?", unknown.front(),
                       nearest_option(*asked, unknown.front()));
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

int run(int argc, char** argv) {
  CLI::App app("lienet: deep learning with lateral inhibition", "lienet");
  app.require_subcommand(1);
  app.formatter(std::make_shared<HelpFormatter>());
  app.set_version_flag("--version", LIENET_VERSION);
  std::vector<std::pair<const CLI::App*, commands::Run>> all;
  for (const auto add :
       {commands::add_train, commands::add_eval, commands::add_saliency, commands::add_localize,
        commands::add_randomize, commands::add_prune, commands::add_attack, commands::add_data,
        commands::add_info, commands::add_verify, commands::add_bench}) {
    commands::Run action = add(app);
    all.emplace_back(app.get_subcommands({}).back(), std::move(action));
  }
  try {
    std::vector<std::string> words = commands::expand_config({argv + 1, argv + argc});
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app.parse(std::move(words));
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // help, version
    fmt::print(stderr, "lienet: {}\n", explain(app, e));
    return commands::wrong_usage;
  }
  for (const auto& [command, action] : all)
    if (command->parsed()) return action();
  return commands::wrong_usage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const commands::UsageError& e) {
    fmt::print(stderr, "lienet: {}\n", e.what());
    return commands::wrong_usage;
  } catch (const std::exception& e) {
    fmt::print(stderr, "lienet: {}\n", e.what());
    return commands::failed;
  }
}
