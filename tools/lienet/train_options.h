// The options of a training.
#pragma once

#include <string>
#include <vector>

#include "tools/lienet/commands.h"
#include "tools/training/config.h"

namespace lienet::commands {

void add_train_options(CLI::App* command, TrainConfig& config);

// What follows once they are parsed: a folder of images and a run's weights are found, and paths no
// longer depend on the working directory, since the run may be gone on with from another. Throws
// UsageError for values that no training can have.
void complete(TrainConfig& config);

// All of it: what `lienet train WORDS` would train. Throws UsageError.
TrainConfig train_config_of(std::vector<std::string> words);

}  // namespace lienet::commands
