// lienet gsnr: how much of a network's gradients is common to all images.
#include "tools/lienet/gsnr_run.h"

#include <fmt/format.h>

#include "engine/file.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/options.h"

namespace lienet::commands {
namespace {

struct Options {
  NetworksOptions networks;
  ImageInputOptions pictures;
  std::string inhibit, out = "gsnr", device = "auto";
  int threads = 0;
  bool json = false;
};

int run(const CLI::App& command, const Options& o) {
  if (o.inhibit == "off") throw UsageError("--inhibit off: expected a mask, as paper");
  if (!o.inhibit.empty()) check_inhibit(o.inhibit);
  Context ctx({.device = device_named(o.device), .threads = o.threads});
  std::vector<Network> networks = open_networks(ctx, o.networks);
  const ImageInputs pictures = find_labelled(command, o.pictures, networks);
  if (pictures.count < 2)
    throw UsageError(fmt::format("--images {}: expected 2 or more", pictures.count));
  GsnrRun measured(ctx, networks, pictures, o.inhibit);
  make_folder(o.out);
  measured.all([&](const std::string& line) {
    if (o.json) fmt::print("{}\n", line);
  });
  measured.write(o.out);
  if (!o.json)
    fmt::print("{}\n{}{}\n{}/index.html\n", text_of(measured.last_epochs()),
               text_of(measured.means()), measured.what_was_done(), o.out);
  return done;
}

}  // namespace

Run add_gsnr(CLI::App& app) {
  auto o = std::make_shared<Options>();
  o->pictures.count = 256;
  CLI::App* command = add_command(
      app, "gsnr",
      "Gradients' signal to noise ratio in trained networks, with the mask and without");
  add_image_input_options(command, o->pictures);
  add_trained_options(command, o->networks, "the epochs that --keep kept, or else the best");
  add_option(command, "--inhibit", o->inhibit,
             "The mask, as train has it; default: that of the run, or else paper")
      .without_default();
  add_option(command, "--out", o->out, "Folder for tables, curves, index.html");
  add_compute_options(command, o->device, o->threads);
  add_flag(command, "--json", o->json, "A line of JSON for each network and epoch");
  add_config_option(command);
  set_examples(command, {"lienet gsnr --weights runs/plain runs/masked --images 512 --out gsnr"});
  return [o, command] { return run(*command, *o); };
}

}  // namespace lienet::commands
