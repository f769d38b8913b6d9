#include "tools/lienet/option_tree.h"

#include <CLI/CLI.hpp>

#include "tools/lienet/options.h"

namespace lienet::commands {
namespace {

// CLI11 knows what a value may be only as the end of its type's name: "TEXT:{cifar,imagenet}".
std::vector<std::string> choices_in(const std::string& type) {
  const size_t begin = type.find('{');
  if (begin == type.npos || type.back() != '}') return {};
  return CLI::detail::split(type.substr(begin + 1, type.size() - begin - 2), ',');
}

OptionFacts facts_of(const CLI::Option& option) {
  OptionFacts facts;
  for (const std::string& name : option.get_lnames()) facts.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) facts.names.push_back("-" + name);
  if (option.get_positional()) facts.positional = option.get_name(true);
  const std::string type = option.get_type_name();
  if (option.get_items_expected_max() > 0) facts.value = type.substr(0, type.find(':'));
  facts.choices = choices_in(type);
  facts.default_value = option.get_default_str();
  facts.help = option.get_description();
  facts.group = option.get_group();
  facts.required = option.get_required();
  facts.repeated = option.get_items_expected_max() > 1;
  return facts;
}

CommandFacts facts_of(const CLI::App& app, const std::string& above) {
  CommandFacts facts;
  facts.words = above + app.get_name();
  facts.help = app.get_description();
  const Footer footer = footer_of(app);
  facts.examples = footer.examples;
  facts.note = footer.note;
  for (const CLI::Option* option : app.get_options()) facts.options.push_back(facts_of(*option));
  for (const CLI::App* command : app.get_subcommands({}))
    facts.commands.push_back(facts_of(*command, facts.words + " "));
  return facts;
}

}  // namespace

std::string CommandFacts::name() const {
  return words.substr(words.rfind(' ') + 1);
}

CommandFacts facts_of(const CLI::App& app) {
  return facts_of(app, "");
}

}  // namespace lienet::commands
