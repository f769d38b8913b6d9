// lienet attack: how well trained networks withstand changed images.
#include <fmt/format.h>

#include "engine/file.h"
#include "tools/lienet/attack_run.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/numbers.h"
#include "tools/lienet/options.h"
#include "tools/training/inhibition_plan.h"

namespace lienet::commands {
namespace {

struct Options {
  NetworksOptions networks;
  ImageInputOptions pictures;
  AttackRunOptions run;
  std::string epsilons = "0,0.5,1,2,4,8,16", out = "attack", device = "auto";
  bool random_start = false, json = false;
  uint64_t seed = 1;
  int threads = 0;
};

int run(const CLI::App& command, Options o) {
  o.run.epsilons = numbers_of("--eps", o.epsilons, 0, 255);
  check_inhibit(o.run.inhibit);
  if (o.random_start) o.run.start = o.seed;
  Context ctx({.device = device_named(o.device), .threads = o.threads});
  std::vector<Network> networks = open_networks(ctx, o.networks);
  const ImageInputs pictures = find_labelled(command, o.pictures, networks);
  if (o.run.inhibit != "off")
    for (const Network& network : networks)
      InhibitionPlan(inhibition_of(network.trained, o.run.inhibit)).apply(*network.model, 0);
  make_folder(o.out);
  AttackRun attacks(ctx, networks, pictures, o.run);
  attacks.all([&](const std::string& line) {
    if (o.json) fmt::print("{}\n", line);
  });
  attacks.write(o.out);
  if (!o.json)
    fmt::print("{}{}\n{}/index.html\n", text_of(attacks.table()), attacks.what_was_done(), o.out);
  return done;
}

}  // namespace

Run add_attack(CLI::App& app) {
  auto o = std::make_shared<Options>();
  o->pictures.count = 1000;
  CLI::App* command = add_command(
      app, "attack", "Change images a little so that trained networks err: FGSM and PGD");
  add_image_input_options(command, o->pictures);
  add_trained_options(command, o->networks);
  add_option(command, "--eps", o->epsilons,
             "How much a pixel may change, in 1/255: numbers with commas between them");
  add_option(command, "--pgd", o->run.pgd_steps, "Steps of PGD, each of 2.5 eps / STEPS; 0: none")
      .non_negative();
  add_flag(command, "--random-start", o->random_start,
           "PGD starts at a random place, not at the image");
  add_option(command, "--seed", o->seed, "Of random starts");
  add_option(
      command, "--inhibit", o->run.inhibit,
      "Inhibit gradients in the attacks' passes: off, or the mask, as train has it, at the "
      "layers of the network's run; what looks like robustness may then be hidden gradients");
  add_option(command, "--pictures", o->run.shown, "Images that are drawn, for each network")
      .non_negative();
  add_option(command, "--batch", o->run.batch, "Images at a time").positive();
  add_option(command, "--out", o->out, "Folder for tables, curves, pictures, index.html");
  add_compute_options(command, o->device, o->threads);
  add_flag(command, "--json", o->json, "A line of JSON for each network and eps");
  add_config_option(command);
  set_examples(command, {"lienet attack --weights runs/plain runs/masked --pgd 20 --out attack"});
  return [o, command] { return run(*command, *o); };
}

}  // namespace lienet::commands
