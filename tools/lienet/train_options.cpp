#include "tools/lienet/train_options.h"

#include <algorithm>
#include <filesystem>

#include "tools/lienet/data_options.h"
#include "tools/lienet/options.h"
#include "tools/lienet/trained.h"

namespace lienet::commands {

void add_train_options(CLI::App* command, TrainConfig& config) {
  add_option(
      command, "DATASET,--dataset", config.dataset,
      "cifar10, cifar100, shapes100, which needs no download, voc2007, or a folder of images: "
      "train/CLASS/*.jpg, val/CLASS/*.jpg");
  TrainConfig::visit_options(
      config, [&](const char* section, const char* name, auto& member, const char* help) {
        if constexpr (std::is_same_v<decltype(member), bool&>)
          add_switch(command, name, member, help).group(section);
        else
          add_option(command, std::string("--") + name, member, help).group(section);
      });
}

void complete(TrainConfig& config) {
  take_folder(config.dataset, config.data);
  if (!config.weights.empty()) config.weights = weights_file({.weights = config.weights});
  for (std::string* path : {&config.data, &config.weights})
    if (!path->empty()) *path = std::filesystem::absolute(*path).lexically_normal();
  check_usage([&] { config.check(); });
}

TrainConfig train_config_of(std::vector<std::string> words) {
  TrainConfig config;
  parse_words(std::move(words), [&](CLI::App* command) { add_train_options(command, config); });
  complete(config);
  return config;
}

}  // namespace lienet::commands
