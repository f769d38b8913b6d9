// Options out of a TOML file.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace lienet::commands {

// `milestones = [60, 120]` in section [train]: "train", "milestones", "60,120".
struct FileOption {
  std::string section;  // empty: above the first
  std::string name, value;
  std::vector<std::string> values{};  // of a list, its words

  std::string word() const { return "--" + name + "=" + value; }
};
// In the text's order. Throws UsageError, naming `source`, for what is not TOML.
std::vector<FileOption> parse_options(const std::string& text, const std::string& source);
// Of a file of at most 1 MiB.
std::vector<FileOption> read_options(const std::string& file);

// Replaces `--config FILE` by the file's options: `lr = 0.05` by --lr=0.05, `flip = false` by
// --flip=false, `milestones = [60, 120]` by --milestones=60,120, and, where the program's option
// takes several words, `weights = ["a", "b"]` by --weights=a --weights=b. They come right behind
// the subcommand, so that what is written on the command line overrides them; those of several
// words are left out where it has the option. Keys may stand in a section of the subcommand's name.
// Throws UsageError for a file that cannot be read.
std::vector<std::string> expand_config(const CLI::App& program,
                                       const std::vector<std::string>& words);

}  // namespace lienet::commands
