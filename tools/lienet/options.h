// How subcommands declare their options. CLI11, which reads them, is much to compile: few files
// know more of it than the names of these two classes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace lienet::commands {

// What more there is to say of an option that was added.
class AddedOption {
 public:
  explicit AddedOption(CLI::Option* option) : option_(option) {}
  AddedOption required() const;
  AddedOption one_of(std::vector<std::string> words) const;
  AddedOption positive() const;                         // a number above 0
  AddedOption non_negative() const;                     // or 0
  AddedOption without_default() const;                  // the help shows none
  AddedOption group(const std::string& heading) const;  // in the help

 private:
  CLI::Option* option_;
};

// `above` then needs one of its commands.
CLI::App* add_command(CLI::App& above, const std::string& name, const std::string& help);
// What stands below the help: commands, and a note.
void set_examples(CLI::App* command, const std::vector<std::string>& examples,
                  const std::string& note = {});
// The commands, and what else the command's footer says.
struct Footer {
  std::vector<std::string> examples;
  std::string note;
};
Footer footer_of(const CLI::App& command);

// Of an option that is given several times the last one counts, so that a command line overrides a
// configuration file. T: std::string, a vector of them, std::filesystem::path, int, int64_t,
// uint64_t, double.
template <class T>
AddedOption add_option(CLI::App* command, const std::string& name, T& value,
                       const std::string& help);
// One that takes any number of words, all of which count.
AddedOption add_several(CLI::App* command, const std::string& name,
                        std::vector<std::string>& values, const std::string& help);
AddedOption add_flag(CLI::App* command, const std::string& name, bool& value,
                     const std::string& help);
// --NAME and --no-NAME.
AddedOption add_switch(CLI::App* command, const std::string& name, bool& value,
                       const std::string& help);
// --device and --threads
void add_compute_options(CLI::App* command, std::string& device, int& threads);
// --config, which config_file.h reads.
AddedOption add_config_option(CLI::App* command);

// After the command line was read: whether it has the command; the option, "--lr"; and all options
// that it has, each by all of its names, "--sparsity,--sweep".
bool chosen(const CLI::App& command);
bool given(const CLI::App& command, const std::string& option);
std::vector<std::string> options_given(const CLI::App& command);

// Reads words as those options that `declare` adds to a command. Throws UsageError.
void parse_words(std::vector<std::string> words, const std::function<void(CLI::App*)>& declare);

}  // namespace lienet::commands
