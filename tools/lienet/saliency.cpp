// lienet saliency: where a trained network looks.
#include <fmt/format.h>

#include "tools/lienet/commands.h"
#include "tools/lienet/options.h"
#include "tools/lienet/saliency_options.h"
#include "tools/lienet/saliency_run.h"
#include "tools/training/inhibition_plan.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainedOptions trained;
  ImageInputOptions pictures;
  SaliencyWords words;
  std::string which = "top1", inhibit = "off", curves = "off", out = "saliency", device = "auto";
  int64_t batch = 64;
  int threads = 0;
  bool json = false;
};

int run(const CLI::App& command, const Options& o) {
  SaliencyOptions options = saliency_options(o.words);
  check_inhibit(o.inhibit);
  options.inhibit = o.inhibit != "off";
  Context ctx({.device = device_named(o.device), .threads = o.threads});
  Network network = open_network(ctx, o.trained);
  const ImageInputs pictures = find_images(command, o.pictures, network);
  if (options.inhibit) InhibitionPlan(inhibition_of(o.trained, o.inhibit)).apply(*network.model, 0);
  SaliencyRun run(
      ctx, *network.model, network.description, pictures,
      {.options = options, .which = o.which, .out = o.out, .batch = o.batch, .curves = o.curves});
  run.all([&](const std::string& line) {
    if (o.json) fmt::print("{}\n", line);
  });
  run.finish();
  if (o.json) return done;
  for (const std::string& line : run.summary()) fmt::print("{}\n", line);
  return done;
}

}  // namespace

Run add_saliency(CLI::App& app) {
  auto o = std::make_shared<Options>();
  CLI::App* command = add_command(app, "saliency", "Show where a trained network looks");
  add_image_input_options(command, o->pictures);
  add_trained_options(command, o->trained);
  add_saliency_options(command, o->words);
  add_option(command, "--class", o->which,
             "Whose logit is explained: top1, label, a class's name, or its number from 0");
  add_option(
      command, "--inhibit", o->inhibit,
      "Inhibit gradients in these passes: off, or the mask, as train has it, at the layers of "
      "the network's run");
  add_option(command, "--curves", o->curves,
             "Deletion and insertion, 66 passes an image and method: off, or what pixels are "
             "replaced by, black, mean or blur")
      .one_of({"off", "black", "mean", "blur"});
  add_option(command, "--out", o->out,
             "Folder for pictures, maps (.npy), images.jsonl, index.html");
  add_option(command, "--batch", o->batch, "Images at a time").positive();
  add_compute_options(command, o->device, o->threads);
  add_flag(command, "--json", o->json, "A line of JSON for each image, as in images.jsonl");
  add_config_option(command);
  set_examples(
      command,
      {"lienet saliency --weights runs/masked --images 20 --out looks",
       "lienet saliency dog.jpg --weights resnet18.safetensors --model resnet18 --stem imagenet"});
  return [o, command] { return run(*command, *o); };
}

}  // namespace lienet::commands
