// lienet info: what this build and machine have; what a model is made of.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <omp.h>

#include <map>
#include <nlohmann/json.hpp>

#include "engine/cpu/isa.h"
#include "engine/cuda/device.h"
#include "engine/version.h"
#include "models/resnet.h"
#include "tools/bench/op_times.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/options.h"
#include "tools/training/config.h"
#include "tools/training/inhibition_plan.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainConfig config;  // of which model, width, stem and inhibition are options here
  int64_t classes = 100, image = 32;
  bool json = false;
};

int describe_machine(bool json) {
  std::vector<std::string> devices{"ref", "cpu"};
  if (cuda::available()) devices.push_back("cuda");
  if (json) {
    const nlohmann::ordered_json line = {{"version", version()},
                                         {"devices", devices},
                                         {"cores", omp_get_num_procs()},
                                         {"isa", cpu::isa_name()},
                                         {"onednn", cpu::onednn_version()},
                                         {"winograd", cpu::has_winograd()},
                                         {"cuda", cuda::describe()}};
    fmt::print("{}\n", line.dump());
    return done;
  }
  fmt::print("lienet {}\n", version());
  fmt::print("devices: {}\n", fmt::join(devices, ", "));
  fmt::print(
      "cpu: {} cores, {}; oneDNN {} with OpenMP; convolution: {}\n", omp_get_num_procs(),
      cpu::isa_name(), cpu::onednn_version(),
      cpu::has_winograd() ? "Winograd and direct" : "direct only, this oneDNN has no Winograd");
  fmt::print("cuda: {}\n", cuda::describe());
  return done;
}

struct Row {
  std::string layer, op;
  Shape output;
  int64_t parameters = 0, macs = 0;
  std::string inhibition{};
};

// A pass over one image, recorded, tells shapes; the layers tell what they hold.
std::vector<Row> rows_of(Context& ctx, ResNet& model, int64_t image) {
  std::map<std::string, const Layer*> layers;
  model.visit([&](Layer& layer) { layers[layer.path()] = &layer; });
  Tape tape(ctx, {.training = false, .record = true, .inhibit = true});
  model(tape, tape.constant(ctx.zeros({1, 3, image, image})));
  std::vector<Row> rows;
  for (int i = 0; i < tape.size(); ++i) {
    const Node& node = tape.node(i);
    if (node.op == std::string_view("leaf")) continue;
    Row row{.layer = node.name, .op = node.op, .output = node.shape, .macs = macs_of(tape, node)};
    for (const int input : std::span(node.inputs, static_cast<size_t>(node.input_count)))
      if (input >= 0 && tape.node(input).leaf_gradient)
        row.parameters += tape.node(input).shape.size();
    if (node.inhibitor) row.inhibition = layers.at(node.name)->inhibition()->str();
    rows.push_back(std::move(row));
  }
  return rows;
}

int describe_model(const Options& o) {
  Context ctx;
  ResNet model(ctx, o.config.model_options(o.classes));
  InhibitionPlan(o.config).apply(model, 0);
  const std::vector<Row> rows = rows_of(ctx, model, o.image);
  int64_t macs = 0;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  if (!o.json)
    fmt::print("{:<22} {:<18} {:>18} {:>12} {:>14}\n", "layer", "op", "output", "parameters",
               "MACs");
  for (const Row& r : rows) {
    macs += r.macs;
    if (o.json)
      list.push_back({{"layer", r.layer},
                      {"op", r.op},
                      {"output", r.output.dims()},
                      {"parameters", r.parameters},
                      {"macs", r.macs},
                      {"inhibition", r.inhibition}});
    else
      fmt::print("{:<22} {:<18} {:>18} {:>12} {:>14}{}{}\n", r.layer, r.op, r.output.str(),
                 r.parameters, r.macs, r.inhibition.empty() ? "" : "  inhibited: ", r.inhibition);
  }
  if (o.json) {
    const nlohmann::ordered_json all = {{"model", o.config.model},
                                        {"parameters", model.parameter_count()},
                                        {"macs", macs},
                                        {"layers", list}};
    fmt::print("{}\n", all.dump());
  } else {
    fmt::print("{}: {} parameters, {:.3f} GMACs an image of {}x{}\n", o.config.model,
               model.parameter_count(), static_cast<double>(macs) / 1e9, o.image, o.image);
  }
  return done;
}

int info(const Options& o) {
  if (o.config.model.empty()) return describe_machine(o.json);
  check_usage([&] { o.config.check(); });
  return describe_model(o);
}

}  // namespace

Run add_info(CLI::App& app) {
  auto o = std::make_shared<Options>();
  o->config.model.clear();
  CLI::App* command =
      add_command(app, "info", "Describe this build and machine, or a model (--model)");
  add_option(command, "--model", o->config.model,
             "resnet18, ...: layers, shapes, parameters, MACs");
  add_option(command, "--width", o->config.width,
             "Channels of the first stage; 0: the model's own");
  add_option(command, "--stem", o->config.stem, "cifar or imagenet");
  add_option(command, "--classes", o->classes, "Classes");
  add_option(command, "--image", o->image, "Height and width of the input");
  add_option(command, "--inhibit", o->config.inhibit, "As in training");
  add_option(command, "--inhibit-layers", o->config.inhibit_layers, "As in training");
  add_flag(command, "--json", o->json, "One line of JSON");
  add_config_option(command);
  set_examples(command, {"lienet info --model resnet18 --inhibit paper"});
  return [o] { return info(*o); };
}

}  // namespace lienet::commands
