#include "tools/training/config.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "datasets/open.h"
#include "engine/check.h"
#include "engine/file.h"
#include "engine/words.h"
#include "tools/training/enhancement.h"
#include "tools/training/inhibition_plan.h"

namespace lienet {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t most_epochs = 1'000'000;  // their steps can be counted

void check_word(const char* option, const std::string& value,
                std::span<const std::string_view> known) {
  for (const std::string_view k : known)
    if (value == k) return;
  fail("{} {}: not known; did you mean {}?", option, value, nearest_word(value, known));
}

void check_word(const char* option, const std::string& value,
                std::initializer_list<std::string_view> known) {
  check_word(option, value, std::span(known.begin(), known.size()));
}

void check_range(const char* option, double value, bool ok, const char* expected) {
  if (!ok) fail("--{} {}: expected {}", option, value, expected);
}

int64_t milestone(const std::string& word) {
  size_t end = 0;
  int64_t value = -1;
  try {
    value = std::stoll(word, &end);
  } catch (const std::exception&) {
  }
  if (end != word.size() || value < 1 || value > most_epochs)
    fail("--milestones {}: expected epochs with commas between them, as 60,120,160", word);
  return value;
}

template <class T>
bool has_type(const Json& value) {
  if constexpr (std::is_same_v<T, std::string>) return value.is_string();
  if constexpr (std::is_same_v<T, bool>) return value.is_boolean();
  if constexpr (std::is_same_v<T, double>) return value.is_number();
  if constexpr (std::is_unsigned_v<T>) return value.is_number_unsigned();
  return value.is_number_integer() && value == static_cast<Json>(value.template get<T>());
}

}  // namespace

void TrainConfig::check() const {
  check_word("dataset", dataset, data_set_names());
  check_word("--stem", stem, {"cifar", "imagenet"});
  check_word("--optimizer", optimizer, {"sgd", "adamw"});
  device_named(device);
  precision_named(precision);
  context_options().check();
  check_range("epochs", double(epochs), epochs >= 1 && epochs <= most_epochs, "1 to 1000000");
  check_range("batch", double(batch), batch >= 1 && batch <= 1 << 24, "1 to 16777216");
  check_range("workers", workers, workers >= 0 && workers <= 1024, "0 to 1024");
  check_range("train", double(train), train >= 0, "0 (all) or more");
  check_range("test", double(test), test >= 0, "0 (all) or more");
  if (uses_files()) check_pictures(picture_options());
  check_range("pad", pad, pad >= -1, "0 or more, or -1");
  const int64_t side = uses_files() ? image_size : 32;  // of the images in memory
  [[maybe_unused]] const Augment augment(augment_options(), {}, side, side);  // throws
  check_mix({.mixup = mixup, .cutmix = cutmix});
  check_range("momentum", momentum, momentum >= 0 && momentum < 1, "0 <= momentum < 1");
  check_range("weight-decay", weight_decay, weight_decay >= 0 && std::isfinite(weight_decay),
              "0 or more");
  check_range("beta1", beta1, beta1 >= 0 && beta1 < 1, "0 <= beta < 1");
  check_range("beta2", beta2, beta2 >= 0 && beta2 < 1, "0 <= beta < 1");
  check_range("clip", clip, clip >= 0 && std::isfinite(clip), "0 (any) or more");
  check_range("ema", ema, ema >= 0 && ema < 1, "0 (none) or a decay below 1");
  check_range("warmup", warmup, (warmup >= 0 && warmup <= double(epochs)) || warmup == -1,
              "0 to the number of epochs, or -1");
  check_range("label-smoothing", label_smoothing, label_smoothing >= 0 && label_smoothing < 1,
              "0 <= s < 1");
  check_range("checkpoint-steps", double(checkpoint_steps), checkpoint_steps >= 0,
              "0 (after each epoch) or more");
  check_range("watch", double(watch), watch >= 0 && watch <= 64, "0 (none) to 64 images");
  check_range("keep", double(keep), keep >= 0, "0 (none) or more epochs");
  if (keep_zeros && weights.empty())
    fail("--keep-zeros: nothing begins as 0; name pruned weights by --weights");
  if (enhance != "off") Enhancement::parse(enhance);
  if (enhance != "off" && (mixup > 0 || cutmix > 0))
    fail("--enhance {}: a mixed image has no one label; leave out --mixup and --cutmix", enhance);
  [[maybe_unused]] const InhibitionPlan plan(*this);  // throws
  model_options(1);
  schedule_options(1000).check();
  to_json(*this);  // throws
}

ContextOptions TrainConfig::context_options() const {
  return {.device = device_named(device),
          .precision = precision_named(precision),
          .winograd = winograd,
          .threads = threads,
          .seed = seed,
          .deterministic = deterministic};
}

ResNetOptions TrainConfig::model_options(int64_t classes) const {
  ResNetOptions o = network_options(model, classes, width, stem, inhibit_forward);
  o.zero_init_residual = zero_init_residual;
  return o;
}

ResNetOptions network_options(const std::string& model, int64_t classes, int64_t width,
                              const std::string& stem, const std::string& inhibit_forward) {
  ResNetOptions o = resnet_options(model, classes, width);
  o.stem = stem == "imagenet" ? Stem::imagenet : Stem::cifar;
  if (inhibit_forward != "off") o.forward_inhibition = Inhibition::parse(inhibit_forward);
  return o;
}

bool TrainConfig::uses_files() const {
  return dataset == "folder" || dataset == "voc2007";
}

AugmentOptions TrainConfig::augment_options() const {
  return {.pad = pad >= 0       ? pad
                 : uses_files() ? 0
                                : 4,
          .flip = flip,
          .cutout = cutout,
          .colour_changes = colour_changes,
          .colour_strength = colour_strength,
          .crop = uses_files() ? crop : 0};
}

ScheduleOptions TrainConfig::schedule_options(int64_t steps_per_epoch) const {
  const auto steps = [&](double of_epochs) {
    return std::llround(of_epochs * static_cast<double>(steps_per_epoch));
  };
  const int64_t total = epochs * steps_per_epoch;
  ScheduleOptions o{.kind = schedule_kind(schedule),
                    .peak = lr,
                    .total_steps = total,
                    .factor = factor,
                    .final_rate = final_lr};
  if (warmup >= 0 || o.kind != ScheduleKind::one_cycle)  // which has a default of its own
    o.warmup_steps = std::min<int64_t>(steps(warmup >= 0 ? warmup : 1), total - 1);
  for (const std::string& word : split_list(milestones))
    o.milestones.push_back(milestone(word) * steps_per_epoch);
  if (milestones.empty())
    for (const double share : {0.3, 0.6, 0.8}) {
      const int64_t step = std::llround(share * static_cast<double>(epochs)) * steps_per_epoch;
      const int64_t before =
          o.milestones.empty() ? o.warmup_steps.value_or(0) : o.milestones.back();
      if (step > before) o.milestones.push_back(step);  // a short run has fewer
    }
  return o;
}

std::string to_json(const TrainConfig& config) {
  Json json;
  json["dataset"] = config.dataset;
  TrainConfig::visit_options(config, [&](const char*, const char* name, const auto& member,
                                         const char*) { json[name] = member; });
  for (const auto& [name, value] : json.items()) {
    try {
      value.dump();
    } catch (const Json::exception&) {
      fail("--{}: is no UTF-8, in which config.json has to name it", name);
    }
  }
  return json.dump(2) + "\n";
}

TrainConfig config_from_json(const std::string& text, const std::string& source) {
  TrainConfig config;
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::exception& e) {
    fail("{}: not JSON: {}", source, e.what());
  }
  if (!json.is_object()) fail("{}: expected a JSON object of options", source);
  std::vector<std::string> known = {"dataset"};
  const auto take = [&](const char* name, auto& member) {
    if (!json.contains(name)) return;
    using T = std::remove_reference_t<decltype(member)>;
    const Json& value = json[name];
    if (!has_type<T>(value)) fail("{}: {}: {} is of the wrong type", source, name, value.dump());
    member = value.template get<T>();
  };
  take("dataset", config.dataset);
  TrainConfig::visit_options(config, [&](const char*, const char* name, auto& member, const char*) {
    known.push_back(name);
    take(name, member);
  });
  const std::vector<std::string_view> names(known.begin(), known.end());
  for (const auto& item : json.items())
    if (std::find(known.begin(), known.end(), item.key()) == known.end())
      fail("{}: option {} is not known; did you mean {}?", source, item.key(),
           nearest_word(item.key(), names));
  return config;
}

TrainConfig read_config(const std::filesystem::path& path) {
  constexpr uint64_t largest = uint64_t{64} << 10;
  return config_from_json(read_file(path, largest), path.string());
}

std::vector<std::pair<std::string, std::string>> option_table(const TrainConfig& config) {
  std::vector<std::pair<std::string, std::string>> rows{{"dataset", config.dataset}};
  TrainConfig::visit_options(config,
                             [&](const char*, const char* name, const auto& member, const char*) {
                               rows.emplace_back(name, fmt::format("{}", member));
                             });
  return rows;
}

}  // namespace lienet
