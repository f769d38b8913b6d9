#include "tools/lienet/options.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <sstream>

#include "tools/lienet/commands.h"

namespace lienet::commands {

AddedOption AddedOption::required() const {
  return AddedOption(option_->required());
}

AddedOption AddedOption::one_of(std::vector<std::string> words) const {
  return AddedOption(option_->check(CLI::IsMember(std::move(words))));
}

// What is no number is left to the conversion.
AddedOption AddedOption::positive() const {
  return AddedOption(option_->check(CLI::Validator(
      [](const std::string& text) {
        double value = 0;
        const bool below = CLI::detail::lexical_cast(text, value) && !(value > 0);
        return below ? "expected a number above 0, not " + text : std::string();
      },
      "POSITIVE")));
}

AddedOption AddedOption::non_negative() const {
  return AddedOption(option_->check(CLI::Validator(
      [](const std::string& text) {
        double value = 0;
        const bool below = CLI::detail::lexical_cast(text, value) && !(value >= 0);
        return below ? "expected 0 or more, not " + text : std::string();
      },
      "NONNEGATIVE")));
}

AddedOption AddedOption::without_default() const {
  return AddedOption(option_->default_str(""));
}

AddedOption AddedOption::group(const std::string& heading) const {
  return AddedOption(option_->group(heading));
}

CLI::App* add_command(CLI::App& above, const std::string& name, const std::string& help) {
  above.require_subcommand(1);
  return above.add_subcommand(name, help);
}

void set_examples(CLI::App* command, const std::vector<std::string>& examples,
                  const std::string& note) {
  std::string text = examples.size() == 1 ? "Example:" : "Examples:";
  for (const std::string& example : examples) text += "\n  " + example;
  command->footer(note.empty() ? text : text + "\n" + note);
}

Footer footer_of(const CLI::App& command) {
  Footer footer;
  std::istringstream in(command.get_footer());
  std::string line;
  std::getline(in, line);  // "Examples:"
  while (std::getline(in, line)) {
    if (line.starts_with("  lienet "))
      footer.examples.push_back(line.substr(2));
    else
      footer.note += (footer.note.empty() ? "" : "\n") + line;
  }
  return footer;
}

template <class T>
AddedOption add_option(CLI::App* command, const std::string& name, T& value,
                       const std::string& help) {
  CLI::Option* option = command->add_option(name, value, help)->capture_default_str();
  return AddedOption(option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast));
}

#define LIENET_OPTION(T) \
  template AddedOption add_option(CLI::App*, const std::string&, T&, const std::string&)
LIENET_OPTION(std::string);
LIENET_OPTION(std::vector<std::string>);
LIENET_OPTION(std::filesystem::path);
LIENET_OPTION(int);
LIENET_OPTION(int64_t);
LIENET_OPTION(uint64_t);
LIENET_OPTION(double);

AddedOption add_several(CLI::App* command, const std::string& name,
                        std::vector<std::string>& values, const std::string& help) {
  return AddedOption(command->add_option(name, values, help));
}

AddedOption add_flag(CLI::App* command, const std::string& name, bool& value,
                     const std::string& help) {
  return AddedOption(command->add_flag(name, value, help));
}

AddedOption add_switch(CLI::App* command, const std::string& name, bool& value,
                       const std::string& help) {
  return add_flag(command, "--" + name + ",!--no-" + name, value,
                  help + (value ? " [on]" : " [off]"));
}

void add_compute_options(CLI::App* command, std::string& device, int& threads) {
  add_option(command, "--device", device, "auto, cpu, cuda or ref")
      .one_of({"auto", "cpu", "cuda", "ref"});
  add_option(command, "--threads", threads, "Threads that compute; 0: all cores");
}

AddedOption add_config_option(CLI::App* command) {
  return AddedOption(
      command->add_option("--config", "TOML file with any of these options")->type_name("FILE"));
}

bool chosen(const CLI::App& command) {
  return command.parsed();
}

bool given(const CLI::App& command, const std::string& option) {
  return command.get_option(option)->count() > 0;
}

std::vector<std::string> options_given(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    if (option->count() > 0) names.push_back(option->get_name());
  return names;
}

void parse_words(std::vector<std::string> words, const std::function<void(CLI::App*)>& declare) {
  CLI::App app;
  declare(&app);
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& e) {
    throw UsageError(e.what());
  }
}

}  // namespace lienet::commands
