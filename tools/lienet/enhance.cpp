// lienet enhance: images, and what a network does not look at blurred.
#include <fmt/format.h>

#include "tools/lienet/commands.h"
#include "tools/lienet/enhance_run.h"
#include "tools/lienet/options.h"
#include "tools/lienet/trained.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainedOptions trained;
  ImageInputOptions pictures;
  EnhanceRunOptions run;
  std::string filter = "paper", out = "enhanced", device = "auto";
  int threads = 0;
  bool json = false;
};

int run(const CLI::App& command, Options o) {
  check_usage([&] {
    o.run.options.check();
    o.run.options.li_map.filter = Inhibition::parse(o.filter).filter;
  });
  o.run.out = o.out;
  Context ctx({.device = device_named(o.device), .threads = o.threads});
  Network network = open_network(ctx, o.trained);
  const ImageInputs pictures = find_images(command, o.pictures, network);
  EnhanceRun enhancement(ctx, *network.model, network.description, pictures, o.run);
  enhancement.all([&](const std::string& line) {
    if (o.json) fmt::print("{}\n", line);
  });
  enhancement.finish();
  if (o.json) return done;
  for (const std::string& line : enhancement.summary()) fmt::print("{}\n", line);
  return done;
}

}  // namespace

Run add_enhance(CLI::App& app) {
  auto o = std::make_shared<Options>();
  CLI::App* command = add_command(app, "enhance", "Blur what a trained network does not look at");
  add_image_input_options(command, o->pictures);
  add_trained_options(command, o->trained);
  add_option(command, "--rate", o->run.options.rate,
             "Share of the pixels that is blurred: where LI-Map of the image's class is lowest; "
             "without labels, of the predicted class");
  add_option(command, "--sigma", o->run.options.blur_sigma,
             "Of the Gaussian blur, in pixels of what the network sees; 0: none");
  add_option(command, "--filter", o->filter,
             "LI-Map's: paper, impulse or log, then ,sigma=11,kernel=5,padding=,zero_sum=,taps=");
  add_option(command, "--out", o->out, "Folder for pictures, images.jsonl, index.html");
  add_option(command, "--batch", o->run.batch, "Images at a time").positive();
  add_compute_options(command, o->device, o->threads);
  add_flag(command, "--json", o->json, "A line of JSON for each image, as in images.jsonl");
  add_config_option(command);
  set_examples(command,
               {"lienet enhance --weights runs/masked --images 20 --rate 0.5 --sigma 2",
                "lienet train shapes100 --weights runs/masked --enhance rate=0.5"},
               "The second command trains with such images.");
  return [o, command] { return run(*command, *o); };
}

}  // namespace lienet::commands
