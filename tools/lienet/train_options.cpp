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
        CLI::Option* option;
        if constexpr (std::is_same_v<decltype(member), bool&>)
          option = add_switch(command, name, member, help);
        else
          option = add_option(command, std::string("--") + name, member, help);
        option->group(section);
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
  CLI::App app;
  add_train_options(&app, config);
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& e) {
    throw UsageError(e.what());
  }
  complete(config);
  return config;
}

}  // namespace lienet::commands
