// lienet prune: how many weights a trained network can do without.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "engine/file.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/image_inputs.h"
#include "tools/lienet/numbers.h"
#include "tools/lienet/options.h"
#include "tools/lienet/prune_run.h"
#include "tools/training/signals.h"

namespace lienet::commands {
namespace {

struct Options {
  NetworksOptions networks;
  ImageInputOptions pictures;
  PruneRunOptions run;
  std::string scope = "layer", sparsity = "0,0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.95";
  std::string out = "prune";
  bool json = false;
};

void check(Options& o) {
  check_usage([&] { o.run.scope = prune_scope(o.scope); });
  o.run.sparsities = numbers_of("--sparsity", o.sparsity, 0, 1);
  if (o.run.finetune > 0 && !o.run.save)
    throw UsageError("--finetune needs the weights that --no-save does not save");
}

int run(const CLI::App& command, Options o) {
  check(o);
  o.run.out = o.out;
  Context ctx({.device = device_named(o.run.device), .threads = o.run.threads});
  std::vector<Network> networks = open_networks(ctx, o.networks);
  const ImageInputs pictures = find_labelled(command, o.pictures, networks);
  PruneRun pruning(ctx, networks, pictures.set, o.run);
  make_folder(o.out);
  const InterruptGuard interrupts;
  const bool finished = pruning.all(
      [&](const std::string& line) {
        if (o.json) fmt::print("{}\n", line);
      },
      {.stop = [&] { return interrupts.requested(); },
       .progress = stderr,
       .terminal = isatty(STDERR_FILENO) == 1});
  if (!finished) {
    fmt::print(stderr, "interrupted; the same command goes on\n");
    return interrupted;
  }
  pruning.write();
  if (!o.json)
    fmt::print("{}{}\n{}/index.html\n", text_of(pruning.table()), pruning.what_was_done(), o.out);
  return done;
}

}  // namespace

Run add_prune(CLI::App& app) {
  auto o = std::make_shared<Options>();
  o->pictures.count = 0;
  CLI::App* command =
      add_command(app, "prune", "Set the smallest weights of trained networks to 0 and test them");
  add_image_input_options(command, o->pictures);
  add_trained_options(command, o->networks);
  add_option(command, "--scope", o->scope,
             "layer: the smallest of each layer; global: of all; channels: whole channels inside "
             "residual blocks");
  add_option(command, "--sparsity,--sweep", o->sparsity,
             "Shares that become 0: numbers with commas between them");
  add_option(command, "--finetune", o->run.finetune,
             "Then train so many epochs as the network's run did, with these held at 0")
      .non_negative();
  add_switch(command, "save", o->run.save, "Save the pruned weights as OUT/NAME-0.5.safetensors");
  add_option(command, "--out", o->out, "Folder for weights, tables, curves, index.html");
  add_option(command, "--batch", o->run.batch, "Images at a time").positive();
  add_compute_options(command, o->run.device, o->run.threads);
  add_option(command, "--workers", o->run.workers, "Threads that make batches");
  add_flag(command, "--json", o->json, "A line of JSON for each network and sparsity");
  add_config_option(command);
  set_examples(command,
               {"lienet prune --weights runs/plain runs/masked --scope global --out pruned",
                "lienet prune --weights runs/masked --sparsity 0.9 --finetune 10 --out sparse"});
  return [o, command] { return run(*command, *o); };
}

}  // namespace lienet::commands
