// A trained network as the subcommands name it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/resnet.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/data_options.h"
#include "tools/training/checkpoint.h"

namespace lienet::commands {

struct TrainedOptions {
  std::string weights;          // a file, or a run's directory: its best
  std::string model{}, stem{};  // of files that do not say it
  int64_t width = 0;
};
void add_trained_options(CLI::App* command, TrainedOptions& options);

// Several of them side by side.
struct NetworksOptions {
  std::vector<std::string> weights;
  TrainedOptions common;  // the model, for all that do not say it
};
void add_trained_options(CLI::App* command, NetworksOptions& options,
                         const std::string& which = "their best");

// The file of the weights.
std::string weights_file(const TrainedOptions& options);
// Throws UsageError for what --inhibit cannot be, as training has it.
void check_inhibit(const std::string& inhibit);

// The training that the weights are of, where config.json lies beside them, or above for those that
// --keep has kept.
std::optional<TrainConfig> run_of(const TrainedOptions& options);

// What the network is made from: what the file says, or, for one that says nothing, what the
// options say, with the classes that its fc.weight has and, until the data are known, ImageNet's
// statistics for the stem of that name and CIFAR-100's for the other.
ModelDescription description_of(const TrainedOptions& options, const SafetensorsFile& file);

struct Network {
  std::string name;  // of the run or the file: no two are the same
  TrainedOptions trained;
  SafetensorsFile file;
  ModelDescription description;
  std::unique_ptr<ResNet> model;  // with its weights

  // Weights that do not say how their images were normalised are tested as the data set's are.
  void take_stats(const ChannelStats& of_data);
};
// How the training inhibits that the weights are of, or of other weights the usual one; with
// `inhibit`, where it is not empty, all the time instead of its own.
TrainConfig inhibition_of(const TrainedOptions& options, const std::string& inhibit);

Network open_network(Context& ctx, const TrainedOptions& options);
// Throws Error unless they have equally many classes.
std::vector<Network> open_networks(Context& ctx, const NetworksOptions& options);

}  // namespace lienet::commands
