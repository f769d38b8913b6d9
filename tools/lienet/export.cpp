// lienet export: a trained network for other tools.
#include <fmt/ranges.h>

#include "engine/file.h"
#include "engine/transfer.h"
#include "engine/version.h"
#include "models/onnx_export.h"
#include "models/weight_names.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/options.h"
#include "tools/lienet/trained.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainedOptions trained;
  std::string onnx, out, names = "torchvision";
  int64_t image_size = 0;
  bool normalize = false;
};

void check(const CLI::App& command, const Options& o) {
  if (o.onnx.empty() && o.out.empty())
    throw UsageError("name a file to write: --onnx FILE.onnx, --out FILE.safetensors, or both");
  const auto belongs = [&](const char* name, const char* to, const std::string& file) {
    if (given(command, name) && file.empty())
      throw UsageError(fmt::format("{} is for {}, which names no file here", name, to));
  };
  belongs("--image-size", "--onnx", o.onnx);
  belongs("--normalize", "--onnx", o.onnx);
  belongs("--names", "--out", o.out);
  if (o.image_size < 0)
    throw UsageError(fmt::format("--image-size {}: expected 0 (any) or more", o.image_size));
  check_usage([&] { weight_names(o.names); });
  std::error_code error;  // where one of them is not there, they are not the same
  for (const std::string& file : {o.onnx, o.out})
    if (!file.empty() && std::filesystem::equivalent(file, weights_file(o.trained), error))
      throw UsageError(fmt::format("{}: is the file that the weights are in", file));
}

void write_onnx(Context& ctx, const Network& network, const Options& o) {
  const ModelDescription& d = network.description;
  OnnxExportOptions options{.side = o.image_size};
  if (o.normalize)
    options.normalisation =
        OnnxExportOptions::Normalisation{.mean = d.stats.mean, .deviation = d.stats.deviation};
  OnnxModel onnx = onnx_model_of(ctx, *network.model, options);
  onnx.producer_version = version();
  onnx.metadata = d.metadata();
  onnx.metadata.erase("format");  // that of a safetensors file
  write_atomically(o.onnx, onnx_bytes(onnx));
  const std::string by = fmt::format("mean {}, deviation {}", d.stats.mean, d.stats.deviation);
  fmt::print("{}: {}, opset {}; images are {}\n", o.onnx, d.model, onnx_opset,
             o.normalize ? "pixels in 0..1, which it normalises by " + by : "normalised by " + by);
}

void write_weights(Context& ctx, const Network& network, const Options& o) {
  std::vector<NamedTensor> state = to_host(ctx, network.model->state());
  for (NamedTensor& t : state) t.name = name_in(weight_names(o.names), t.name);
  save_safetensors(o.out, state, network.description.metadata());
  fmt::print("{}: {} tensors with the names of {}\n", o.out, state.size(), o.names);
}

int run(const CLI::App& command, const Options& o) {
  check(command, o);
  Context ctx;
  const Network network = open_network(ctx, o.trained);
  if (!o.onnx.empty()) write_onnx(ctx, network, o);
  if (!o.out.empty()) write_weights(ctx, network, o);
  return done;
}

}  // namespace

Run add_export(CLI::App& app) {
  auto o = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, "export", "Write a trained network as ONNX, or its weights alone");
  add_trained_options(command, o->trained);
  add_option(command, "--onnx", o->onnx, "Write the network to this file, for other runtimes");
  add_switch(command, "normalize", o->normalize,
             "Its images are pixels in 0..1, which the graph itself normalises");
  add_option(command, "--image-size", o->image_size,
             "Height and width of its images, where a runtime has to know; 0: any");
  add_option(command, "--out", o->out, "Write the weights to this safetensors file");
  add_option(command, "--names", o->names,
             "Whose names they have there: torchvision, or kuangliu (pytorch-cifar)");
  add_config_option(command);
  set_examples(command,
               {"lienet export --weights runs/masked --onnx masked.onnx --normalize",
                "lienet export --weights runs/masked --names kuangliu --out masked.safetensors"});
  return [o, command] { return run(*command, *o); };
}

}  // namespace lienet::commands
