// The command line as plain data, for the manual and for shells: commands, their options, what
// these take.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lienet::commands {

struct OptionFacts {
  std::vector<std::string> names;    // "--help", "-h", "--no-help"; empty: positional
  std::string positional;            // "DATASET", or empty
  std::string value;                 // "TEXT"; empty: a switch
  std::vector<std::string> choices;  // where the value is one of few
  std::string default_value;
  std::string help;
  std::string group;  // under which --help lists it
  bool required = false, repeated = false;
};

struct CommandFacts {
  std::string words;  // "lienet data make"
  std::string help;
  std::vector<std::string> examples;  // "lienet data fetch cifar100"
  std::string note;                   // what the help says below them
  std::vector<OptionFacts> options;
  std::vector<CommandFacts> commands;

  std::string name() const;  // the last word
};

CommandFacts facts_of(const CLI::App& app);

}  // namespace lienet::commands
