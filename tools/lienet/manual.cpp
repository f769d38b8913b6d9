// lienet manual: a page of the manual for each command, made of its options.
#include <fmt/format.h>

#include <algorithm>

#include "engine/file.h"
#include "engine/version.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/option_tree.h"
#include "tools/lienet/options.h"

namespace lienet::commands {
namespace {

// A line of text as roff takes it: with hyphens that can be copied into a shell, and never a
// request.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string page_name(const CommandFacts& command) {
  std::string name = command.words;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string synopsis(const CommandFacts& command) {
  std::string line = fmt::format(".B {}\n[\\fIOPTIONS\\fR]", roff(command.words));
  for (const OptionFacts& o : command.options) {
    if (o.positional.empty()) continue;
    const std::string what =
        fmt::format("\\fI{}\\fR{}", roff(o.positional), o.repeated ? " .\\|.\\|." : "");
    line += o.required ? " " + what : " [" + what + "]";
  }
  if (!command.commands.empty()) line += " \\fICOMMAND\\fR";
  return line + "\n";
}

std::string entry(const OptionFacts& o) {
  std::string names;
  for (const std::string& name : o.names)
    names += fmt::format("{}\\fB{}\\fR", names.empty() ? "" : ", ", roff(name));
  if (!o.value.empty() && !o.names.empty()) names += fmt::format(" \\fI{}\\fR", roff(o.value));
  if (names.empty()) names = fmt::format("\\fI{}\\fR", roff(o.positional));
  std::string text = roff(o.help) + "\n";
  if (!o.choices.empty())
    text += ".br\n" + roff(fmt::format("One of {}.", fmt::join(o.choices, ", "))) + "\n";
  if (!o.default_value.empty())
    text += ".br\n" + roff(fmt::format("Default: {}.", o.default_value)) + "\n";
  if (o.required) text += ".br\nRequired.\n";
  return fmt::format(".TP\n{}\n{}", names, text);
}

// Under a heading for each of the groups that --help has.
std::string options(const CommandFacts& command) {
  std::vector<std::string> groups;
  for (const OptionFacts& o : command.options)
    if (std::find(groups.begin(), groups.end(), o.group) == groups.end()) groups.push_back(o.group);
  std::string text;
  for (const std::string& group : groups) {
    text += fmt::format(".SH \"{}\"\n", roff(group));
    for (const OptionFacts& o : command.options)
      if (o.group == group) text += entry(o);
  }
  return text;
}

std::string page(const CommandFacts& command, const std::string& see_also) {
  std::string title = page_name(command);
  std::transform(title.begin(), title.end(), title.begin(), ::toupper);
  std::string text =
      fmt::format(".TH \"{}\" 1 \"\" \"lienet {}\" \"lienet\"\n", roff(title), version());
  text += fmt::format(".SH NAME\n{} \\- {}\n", roff(page_name(command)), roff(command.help));
  text += ".SH SYNOPSIS\n" + synopsis(command) + options(command);
  if (!command.commands.empty()) {
    text += ".SH COMMANDS\n";
    for (const CommandFacts& c : command.commands)
      text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(c.name()), roff(c.help));
  }
  if (!command.examples.empty()) {
    text += ".SH EXAMPLES\n.EX\n";
    for (const std::string& example : command.examples) text += roff(example) + "\n";
    text += ".EE\n";
  }
  if (!command.note.empty()) text += ".PP\n" + roff(command.note) + "\n";
  return text + fmt::format(
                    ".SH \"EXIT STATUS\"\n0: done; 1: failed; 2: wrong usage; 130: interrupted.\n"
                    ".SH \"SEE ALSO\"\n{}\n",
                    see_also);
}

void write_page(const CommandFacts& command, const std::string& see_also,
                const std::filesystem::path& folder) {
  write_atomically(folder / (page_name(command) + ".1"), page(command, see_also));
  for (const CommandFacts& c : command.commands)
    write_page(c, roff(page_name(command)) + "(1)", folder);
}

}  // namespace

Run add_manual(CLI::App& app) {
  auto folder = std::make_shared<std::filesystem::path>();
  CLI::App* command = add_command(app, "manual", "Write the manual's pages into a folder");
  add_option(command, "FOLDER", *folder, "Made if needed: lienet.1, lienet-train.1, ...")
      .required();
  set_examples(command, {"lienet manual ~/.local/share/man/man1"});
  return [folder, &app] {
    make_folder(*folder);
    const CommandFacts program = facts_of(app);
    std::string pages;
    for (const CommandFacts& c : program.commands)
      pages += fmt::format("{}{}(1)", pages.empty() ? "" : ", ", page_name(c));
    write_page(program, roff(pages), *folder);
    return done;
  };
}

}  // namespace lienet::commands
