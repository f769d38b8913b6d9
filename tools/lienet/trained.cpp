#include "tools/lienet/trained.h"

#include <algorithm>

#include "engine/check.h"
#include "models/weight_names.h"
#include "models/weights.h"
#include "tools/lienet/options.h"
#include "tools/training/epoch_files.h"

namespace lienet::commands {

namespace fs = std::filesystem;

namespace {

void add_model_options(CLI::App* command, TrainedOptions& o) {
  add_option(command, "--model", o.model, "Of weights that do not say it (from PyTorch)");
  add_option(command, "--width", o.width, "Likewise; 0: the model's own");
  add_option(command, "--stem", o.stem, "Likewise: cifar or imagenet")
      .one_of({"cifar", "imagenet"});
}

// Where the run of these weights would be: in their folder, or above where they are a kept epoch's.
fs::path run_folder(const fs::path& weights) {
  const fs::path folder = weights.parent_path(), above = folder.parent_path();
  const bool kept =
      kept_weights(above).folder == folder && weights.filename().string().starts_with("epoch-");
  return kept ? above : folder;
}

// "runs/masked" and "runs/masked/best.safetensors" -> "masked", "a/b.safetensors" -> "b",
// "runs/masked/epochs/epoch-0010.safetensors" -> "masked-epoch-0010".
std::string short_name(const std::string& weights) {
  const fs::path path = fs::absolute(weights).lexically_normal();
  const fs::path file = path.has_filename() ? path : path.parent_path();
  const std::string name = file.stem().string();
  if (file.extension() != ".safetensors") return file.filename().string();
  const bool in_run = name == "best" || name == "last" || name == "previous";
  if (in_run) return file.parent_path().filename().string();
  const fs::path run = run_folder(file);
  return run == file.parent_path() ? name : run.filename().string() + "-" + name;
}

}  // namespace

void add_trained_options(CLI::App* command, TrainedOptions& o) {
  add_option(command, "--weights", o.weights, "safetensors file, or a run's directory: its best")
      .required();
  add_model_options(command, o);
}

void add_trained_options(CLI::App* command, NetworksOptions& o, const std::string& which) {
  add_several(command, "--weights", o.weights,
              "safetensors files, or runs' directories: " + which + "; several are compared")
      .required();
  add_model_options(command, o.common);
}

std::string weights_file(const TrainedOptions& o) {
  if (o.weights.empty()) throw UsageError("--weights: expected a file or a run's directory");
  std::error_code error;
  return fs::is_directory(o.weights, error) ? (fs::path(o.weights) / "best.safetensors").string()
                                            : o.weights;
}

std::optional<TrainConfig> run_of(const TrainedOptions& o) {
  const fs::path path = run_folder(fs::absolute(weights_file(o))) / "config.json";
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  return read_config(path);
}

ModelDescription description_of(const TrainedOptions& o, const SafetensorsFile& file) {
  if (o.model.empty()) return ModelDescription::of(file);
  const SafetensorsEntry* last = find_weight(file, "fc.weight");
  if (!last || last->shape.size() != 2)
    fail("{}: has no fc.weight of two extents, which says how many classes there are",
         file.path().string());
  const std::string stem = o.stem.empty() ? "cifar" : o.stem;
  return {.dataset = {},
          .model = o.model,
          .stem = stem,
          .width = o.width,
          .classes = last->shape[0],
          .stats = stem == "imagenet" ? imagenet_stats : cifar100_stats};
}

void Network::take_stats(const ChannelStats& of_data) {
  if (!trained.model.empty()) description.stats = of_data;
}

void check_inhibit(const std::string& inhibit) {
  TrainConfig config;
  config.inhibit = inhibit;
  check_usage([&] { config.check(); });
}

TrainConfig inhibition_of(const TrainedOptions& o, const std::string& inhibit) {
  TrainConfig config = run_of(o).value_or(TrainConfig{});
  if (inhibit.empty()) return config;
  config.inhibit = inhibit;
  config.inhibit_warmup = 0;
  config.inhibit_final_rate = -1;
  return config;
}

Network open_network(Context& ctx, const TrainedOptions& o) {
  SafetensorsFile file = SafetensorsFile::open(weights_file(o));
  const ModelDescription description = description_of(o, file);
  auto model = std::make_unique<ResNet>(ctx, description.options());
  load_weights(ctx, *model, file);
  return {short_name(o.weights), o, std::move(file), description, std::move(model)};
}

std::vector<Network> open_networks(Context& ctx, const NetworksOptions& o) {
  std::vector<Network> networks;
  for (const std::string& weights : o.weights) {
    TrainedOptions trained = o.common;
    trained.weights = weights;
    Network network = open_network(ctx, trained);
    const std::string name = network.name;
    const auto taken = [&] {
      return std::any_of(networks.begin(), networks.end(),
                         [&](const Network& other) { return other.name == network.name; });
    };
    for (int i = 2; taken(); ++i) network.name = fmt::format("{}-{}", name, i);
    networks.push_back(std::move(network));
    const int64_t classes = networks.back().description.classes;
    if (classes != networks.front().description.classes)
      fail("{} has {} classes, {} has {}: they cannot be compared", weights, classes,
           o.weights.front(), networks.front().description.classes);
  }
  return networks;
}

}  // namespace lienet::commands
