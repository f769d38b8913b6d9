// Options out of a TOML file.
#pragma once

#include <string>
#include <vector>

namespace lienet::commands {

// Replaces `--config FILE` by the file's options: `lr = 0.05` by --lr=0.05, `flip = false` by
// --flip=false, `milestones = [60, 120]` by --milestones=60,120. They come right behind the
// subcommand, so that what is written on the command line overrides them. Keys may stand in a
// section of the subcommand's name. Throws UsageError for a file that cannot be read.
std::vector<std::string> expand_config(const std::vector<std::string>& words);

}  // namespace lienet::commands
