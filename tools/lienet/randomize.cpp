// lienet randomize: do maps depend on what the network has learned?
#include <fmt/format.h>

#include "engine/file.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/options.h"
#include "tools/lienet/randomize_run.h"
#include "tools/lienet/saliency_options.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainedOptions trained;
  ImageInputOptions pictures;
  SaliencyWords words;
  RandomizeRunOptions run;
  std::string out = "randomize", device = "auto";
  int threads = 0;
  bool json = false;
};

int run(const CLI::App& command, Options o) {
  o.run.saliency = saliency_options(o.words);
  Context ctx({.device = device_named(o.device), .threads = o.threads});
  Network network = open_network(ctx, o.trained);
  const ImageInputs pictures = find_images(command, o.pictures, network);
  make_folder(o.out);
  RandomizeRun run(ctx, *network.model, network.description, pictures, o.run);
  run.all([&](const RandomizeRun::Stage& stage) {
    fmt::print("{}\n", o.json ? run.json_of(stage) : run.text_of(stage));
  });
  run.write(o.out);
  if (!o.json)
    fmt::print(
        "Spearman's correlation with the trained network's maps of {} images: {}/index.html\n",
        pictures.count, o.out);
  return done;
}

}  // namespace

Run add_randomize(CLI::App& app) {
  auto o = std::make_shared<Options>();
  o->pictures.count = 32;
  CLI::App* command = add_command(
      app, "randomize", "Draw a network's layers anew, one by one, and see what its maps do");
  add_image_input_options(command, o->pictures);
  add_trained_options(command, o->trained);
  add_saliency_options(command, o->words);
  add_option(command, "--seed", o->run.seed, "Of what is drawn");
  add_option(command, "--out", o->out, "Folder for stages.jsonl, stages.png, index.html");
  add_option(command, "--batch", o->run.batch, "Images at a time").positive();
  add_compute_options(command, o->device, o->threads);
  add_flag(command, "--json", o->json, "A line of JSON for each stage, as in stages.jsonl");
  add_config_option(command);
  set_examples(command, {"lienet randomize --weights runs/masked --images 16"});
  return [o, command] { return run(*command, *o); };
}

}  // namespace lienet::commands
