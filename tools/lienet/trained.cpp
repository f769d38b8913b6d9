#include "tools/lienet/trained.h"

#include "engine/check.h"

namespace lienet::commands {

namespace fs = std::filesystem;

void add_trained_options(CLI::App* command, TrainedOptions& o) {
  add_option(command, "--weights", o.weights, "safetensors file, or a run's directory: its best")
      ->required();
  add_option(command, "--model", o.model, "Of weights that do not say it (from PyTorch)");
  add_option(command, "--width", o.width, "Likewise; 0: the model's own");
  add_option(command, "--stem", o.stem, "Likewise: cifar or imagenet")
      ->check(CLI::IsMember({"cifar", "imagenet"}));
}

std::string weights_file(const TrainedOptions& o) {
  std::error_code error;
  return fs::is_directory(o.weights, error) ? (fs::path(o.weights) / "best.safetensors").string()
                                            : o.weights;
}

std::optional<TrainConfig> run_of(const TrainedOptions& o) {
  const fs::path path = fs::path(weights_file(o)).parent_path() / "config.json";
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  return read_config(path);
}

ModelDescription description_of(const TrainedOptions& o, const SafetensorsFile& file) {
  if (o.model.empty()) return ModelDescription::of(file);
  const SafetensorsEntry* last = file.find("fc.weight");
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

}  // namespace lienet::commands
