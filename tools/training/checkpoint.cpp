#include "tools/training/checkpoint.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/check.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"

namespace lienet {
namespace {

using Json = nlohmann::json;

std::string in_words(const std::array<float, 3>& values) {
  return fmt::format("{} {} {}", values[0], values[1], values[2]);
}

const std::string& metadata_of(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    fail(
        "{}: its metadata has no {}: it was not saved by lienet's training; name the model by "
        "--model, --width and --stem",
        file.path().string(), key);
  return found->second;
}

template <class T>
T number_of(const SafetensorsFile& file, const std::string& key) {
  const std::string& text = metadata_of(file, key);
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail("{}: metadata {}: {} is no number", file.path().string(), key, text);
  return value;
}

std::array<float, 3> channels_of(const SafetensorsFile& file, const std::string& key) {
  std::istringstream in(metadata_of(file, key));
  std::array<float, 3> values{};
  for (float& v : values)
    if (!(in >> v)) fail("{}: metadata {}: expected three numbers", file.path().string(), key);
  return values;
}

Position position_of(const SafetensorsFile& file, const Circumstances& now) {
  const std::string path = file.path().string();
  const auto text = file.metadata().find("position");
  if (text == file.metadata().end())
    fail("{}: has weights, but no position in a training; --resume takes a run's directory", path);
  Position p;
  Circumstances then{.data_hash = metadata_of(file, "data_hash")};
  try {
    const Json json = Json::parse(text->second);
    json.at("epoch").get_to(p.epoch);
    json.at("step").get_to(p.step);
    json.at("loss_sum").get_to(p.loss_sum);
    json.at("correct").get_to(p.correct);
    json.at("images").get_to(p.images);
    json.at("seconds").get_to(p.seconds);
    json.at("best_epoch").get_to(p.best_epoch);
    json.at("best_score").get_to(p.best_score);
    json.at("threads").get_to(then.threads);
    then.device = json.value("device", now.device);
  } catch (const Json::exception& e) {
    fail("{}: position: {}", path, e.what());
  }
  if (then.data_hash != now.data_hash)
    fail(
        "{}: the data are not those that it was trained on (sha256 {}, now {}); give the same "
        "data, or begin a new run from its weights by --weights",
        path, then.data_hash.substr(0, 12), now.data_hash.substr(0, 12));
  if (then.device != now.device)
    fail(
        "{}: was trained on device {}, and here is {}, whose sums are rounded in another order; "
        "resume there, or begin a new run from its weights by --weights",
        path, then.device, now.device);
  // The GPU's sums do not depend on the host's threads.
  if (now.device != name_of(Device::cuda) && then.threads != now.threads)
    fail(
        "{}: was trained with --threads {}; with {} sums are rounded in another order, and the "
        "run would not be the same: resume with --threads {}",
        path, then.threads, now.threads, then.threads);
  return p;
}

}  // namespace

ResNetOptions ModelDescription::options() const {
  return network_options(model, classes, width, stem, inhibit_forward);
}

std::map<std::string, std::string> ModelDescription::metadata() const {
  std::map<std::string, std::string> words{{"format", "pt"},
                                           {"dataset", dataset},
                                           {"model", model},
                                           {"stem", stem},
                                           {"width", std::to_string(width)},
                                           {"classes", std::to_string(classes)},
                                           {"mean", in_words(stats.mean)},
                                           {"deviation", in_words(stats.deviation)}};
  if (inhibit_forward != "off") words["inhibit_forward"] = inhibit_forward;
  return words;
}

ModelDescription ModelDescription::of(const SafetensorsFile& file) {
  return {.dataset = metadata_of(file, "dataset"),
          .model = metadata_of(file, "model"),
          .stem = metadata_of(file, "stem"),
          .width = number_of<int64_t>(file, "width"),
          .classes = number_of<int64_t>(file, "classes"),
          .stats = {channels_of(file, "mean"), channels_of(file, "deviation")},
          // Files of networks without it do not say so.
          .inhibit_forward = file.metadata().contains("inhibit_forward")
                                 ? metadata_of(file, "inhibit_forward")
                                 : "off"};
}

void save_weights(Context& ctx, const std::filesystem::path& path, Layer& model,
                  const ModelDescription& description) {
  save_safetensors(path, to_host(ctx, model.state()), description.metadata());
}

void save_checkpoint(Context& ctx, const std::filesystem::path& path,
                     std::span<const NamedTensor> tensors, const ModelDescription& description,
                     const Position& p, const Circumstances& circumstances) {
  const Json position = {{"epoch", p.epoch},
                         {"step", p.step},
                         {"loss_sum", p.loss_sum},
                         {"correct", p.correct},
                         {"images", p.images},
                         {"seconds", p.seconds},
                         {"best_epoch", p.best_epoch},
                         {"best_score", p.best_score},
                         {"threads", circumstances.threads},
                         {"device", circumstances.device}};
  std::map<std::string, std::string> metadata = description.metadata();
  metadata["position"] = position.dump();
  metadata["data_hash"] = circumstances.data_hash;
  save_safetensors(path, to_host(ctx, tensors), metadata);
}

Position load_checkpoint(Context& ctx, const SafetensorsFile& file,
                         std::span<const NamedTensor> tensors, const Circumstances& circumstances) {
  const Position position = position_of(file, circumstances);
  std::vector<Tensor> loaded;
  for (const auto& [name, tensor] : tensors) {
    loaded.push_back(file.load(ctx, name));
    const Tensor& t = loaded.back();
    if (t.shape() != tensor.shape() || t.dtype() != tensor.dtype())
      fail("{}: {} is {}, expected {}; config.json beside it is not this run's",
           file.path().string(), name, t.str(), tensor.str());
  }
  for (size_t i = 0; i < loaded.size(); ++i) {
    Tensor to = tensors[i].tensor;
    copy(ctx, loaded[i], to);
  }
  return position;
}

}  // namespace lienet
