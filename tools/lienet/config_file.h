// Options out of a TOML file.
#pragma once

#include <string>
#include <vector>

namespace lienet::commands {

// `milestones = [60, 120]` in section [train]: "train", "milestones", "60,120".
struct FileOption {
  std::string section;  // empty: above the first
  std::string name, value;

  std::string word() const { return "--" + name + "=" + value; }
};
// In the text's order. Throws UsageError, naming `source`, for what is not TOML.
std::vector<FileOption> parse_options(const std::string& text, const std::string& source);
// Of a file of at most 1 MiB.
std::vector<FileOption> read_options(const std::string& file);

// Replaces `--config FILE` by the file's options: `lr = 0.05` by --lr=0.05, `flip = false` by
// --flip=false, `milestones = [60, 120]` by --milestones=60,120. They come right behind the
// subcommand, so that what is written on the command line overrides them. Keys may stand in a
// section of the subcommand's name. Throws UsageError for a file that cannot be read.
std::vector<std::string> expand_config(const std::vector<std::string>& words);

}  // namespace lienet::commands
