// lienet completion: what bash, zsh and fish need to complete its command line, made of its
// options.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include "tools/lienet/commands.h"
#include "tools/lienet/option_tree.h"
#include "tools/lienet/options.h"

namespace lienet::commands {
namespace {

using Each = std::function<void(const CommandFacts&)>;

void each_command(const CommandFacts& command, const Each& f) {
  f(command);
  for (const CommandFacts& c : command.commands) each_command(c, f);
}

std::vector<std::string> words_after(const CommandFacts& command) {
  std::vector<std::string> words;
  for (const CommandFacts& c : command.commands) words.push_back(c.name());
  for (const OptionFacts& o : command.options)
    words.insert(words.end(), o.names.begin(), o.names.end());
  return words;
}

// What is offered depends on the command so far, the word before and the beginning of the word;
// readline completes files where nothing is.
std::string bash(const CommandFacts& program) {
  std::string known, choices, words;
  each_command(program, [&](const CommandFacts& c) {
    known += fmt::format("{}\"{}\"", known.empty() ? "" : " | ", c.words);
    words += fmt::format("    \"{}\") words=\"{}\" ;;\n", c.words, fmt::join(words_after(c), " "));
    for (const OptionFacts& o : c.options)
      for (const std::string& name : o.names)
        if (!o.value.empty())
          choices += fmt::format("    \"{} {}\") words=\"{}\" ;;\n", c.words, name,
                                 fmt::join(o.choices, " "));
  });
  return fmt::format(R"(# bash completion for lienet
_lienet() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
  local command=lienet words= word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD - 1}}"; do
    case "$command $word" in
    {}) command="$command $word" ;;
    esac
  done
  case "$command" in
{}  esac
  case "$command $before" in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _lienet lienet
)",
                     known, words, choices);
}

// With a backslash before each of `special`.
std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != special.npos) out += '\\';
    out += c;
  }
  return out;
}

// An option's description as _arguments takes it, inside single quotes.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : escaped(text, "[]:\\")) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out;
}

std::string zsh_option(const OptionFacts& o, const std::string& name) {
  std::string value;
  if (!o.value.empty())
    value =
        fmt::format(":{}:{}", o.value,
                    o.choices.empty() ? "_files" : fmt::format("({})", fmt::join(o.choices, " ")));
  return fmt::format("    '*{}[{}]{}' \\\n", name, zsh_text(o.help), value);
}

std::string zsh_function(const CommandFacts& c) {
  std::string name = c.words, text;
  std::replace(name.begin(), name.end(), ' ', '_');
  text = fmt::format("_{}() {{\n  _arguments -C \\\n", name);
  for (const OptionFacts& o : c.options)
    for (const std::string& n : o.names) text += zsh_option(o, n);
  if (c.commands.empty()) return text + "    '*:file:_files'\n}\n";
  text +=
      "    '1:command:->command' '*::argument:->argument'\n  case $state in\n  command)\n"
      "    local -a commands=(\n";
  for (const CommandFacts& s : c.commands)
    text += fmt::format("      '{}:{}'\n", s.name(), zsh_text(s.help));
  return text + fmt::format(
                    "    )\n    _describe command commands ;;\n  argument) _{}_$words[1] ;;\n"
                    "  esac\n}}\n",
                    name);
}

std::string zsh(const CommandFacts& program) {
  std::string text = "#compdef lienet\n";
  each_command(program, [&](const CommandFacts& c) { text += zsh_function(c); });
  return text + "_lienet \"$@\"\n";
}

std::string fish_text(std::string_view text) {
  return fmt::format("'{}'", escaped(text, "\\'"));
}

// Where a command's words stand: behind all of its own, before any of a command below it.
std::string fish_place(const CommandFacts& command) {
  std::string place, word;
  std::istringstream words(command.words);
  words >> word;  // lienet
  while (words >> word) place += fmt::format("__fish_seen_subcommand_from {}; and ", word);
  if (command.commands.empty()) return place.substr(0, place.rfind("; and "));
  place += "not __fish_seen_subcommand_from";
  for (const CommandFacts& c : command.commands) place += " " + c.name();
  return place;
}

std::string fish_option(const OptionFacts& o) {
  std::string text;
  for (const std::string& name : o.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!o.choices.empty())
    text += fmt::format(" -x -a '{}'", fmt::join(o.choices, " "));
  else if (!o.value.empty())
    text += " -r";
  return text + " -d " + fish_text(o.help);
}

std::string fish(const CommandFacts& program) {
  std::string text = "# fish completion for lienet\n";
  each_command(program, [&](const CommandFacts& c) {
    const std::string place = fish_place(c);
    for (const CommandFacts& s : c.commands)
      text += fmt::format("complete -c lienet -n '{}' -f -a {} -d {}\n", place, s.name(),
                          fish_text(s.help));
    for (const OptionFacts& o : c.options)
      if (!o.names.empty())
        text += fmt::format("complete -c lienet -n '{}'{}\n", place, fish_option(o));
  });
  return text;
}

}  // namespace

Run add_completion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = add_command(app, "completion", "Print a shell's completions of lienet");
  add_option(command, "SHELL", *shell, "bash, zsh or fish")
      .required()
      .one_of({"bash", "zsh", "fish"});
  set_examples(command,
               {"lienet completion bash > ~/.local/share/bash-completion/completions/lienet"});
  return [shell, &app] {
    const CommandFacts program = facts_of(app);
    fmt::print("{}", *shell == "bash"  ? bash(program)
                     : *shell == "zsh" ? zsh(program)
                                       : fish(program));
    return done;
  };
}

}  // namespace lienet::commands
