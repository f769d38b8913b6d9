// Saliency as the subcommands' options name it.
#pragma once

#include <string>

#include "analysis/saliency.h"
#include "tools/lienet/commands.h"

namespace lienet::commands {

struct SaliencyWords {
  std::string methods = "all", layers, cam_layer, filter = "paper", sign = "centre";
};
void add_saliency_options(CLI::App* command, SaliencyWords& words);

// Throws UsageError for a word that is not known.
SaliencyOptions saliency_options(const SaliencyWords& words);

}  // namespace lienet::commands
