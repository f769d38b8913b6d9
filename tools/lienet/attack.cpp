// lienet attack: how well trained networks withstand changed images.
#include <fmt/format.h>

#include "engine/file.h"
#include "tools/lienet/attack_run.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/numbers.h"
#include "tools/lienet/options.h"

namespace lienet::commands {
namespace {

struct Options {
  NetworksOptions networks;
  PicturesOptions pictures;
  AttackRunOptions run;
  std::string epsilons = "0,0.5,1,2,4,8,16", out = "attack", device = "auto";
  bool random_start = false, json = false;
  uint64_t seed = 1;
  int threads = 0;
};

void check(const Options& o) {
  const auto at_least = [](const char* name, int64_t value, int64_t least) {
    if (value < least)
      throw UsageError(fmt::format("{} {}: expected {} or more", name, value, least));
  };
  at_least("--pgd", o.run.pgd_steps, 0);
  at_least("--pictures", o.run.shown, 0);
  at_least("--batch", o.run.batch, 1);
}

int run(const CLI::App& command, Options o) {
  check(o);
  o.run.epsilons = numbers_of("--eps", o.epsilons, 0, 255);
  if (o.random_start) o.run.start = o.seed;
  Context ctx({.device = device_named(o.device), .threads = o.threads});
  const std::vector<Network> networks = open_networks(ctx, o.networks);
  const Pictures pictures =
      find_labelled(command, o.pictures, networks[0].trained, networks[0].description);
  if (o.run.inhibit != "off")
    for (const Network& network : networks)
      check_usage([&] { network.model->inhibit_blocks(Inhibition::parse(o.run.inhibit)); });
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
  add_pictures_options(command, o->pictures);
  add_trained_options(command, o->networks);
  add_option(command, "--eps", o->epsilons,
             "How much a pixel may change, in 1/255: numbers with commas between them");
  add_option(command, "--pgd", o->run.pgd_steps, "Steps of PGD, each of 2.5 eps / STEPS; 0: none");
  add_flag(command, "--random-start", o->random_start,
           "PGD starts at a random place, not at the image");
  add_option(command, "--seed", o->seed, "Of random starts");
  add_option(command, "--inhibit", o->run.inhibit,
             "Inhibit the blocks' gradients in the attacks' passes, as train does: off, or "
             "paper,...; what looks like robustness may then be hidden gradients");
  add_option(command, "--pictures", o->run.shown, "Images that are drawn, for each network");
  add_option(command, "--batch", o->run.batch, "Images at a time");
  add_option(command, "--out", o->out, "Folder for tables, curves, pictures, index.html");
  add_device_option(command, o->device);
  add_option(command, "--threads", o->threads, "Threads that compute; 0: all cores");
  add_flag(command, "--json", o->json, "A line of JSON for each network and eps");
  add_config_option(command);
  set_footer(command,
             "Example: lienet attack --weights runs/plain runs/masked --pgd 20 --out attack");
  return [o, command] { return run(*command, *o); };
}

}  // namespace lienet::commands
