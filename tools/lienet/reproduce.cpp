// lienet reproduce: the paper's tables and figures, from trainings to a page.
#include <fmt/format.h>

#include <cstdio>

#include "engine/file.h"
#include "tools/bench/training_step.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/options.h"
#include "tools/reproduce/execute.h"
#include "tools/reproduce/report.h"
#include "tools/training/measure.h"
#include "tools/training/readable.h"
#include "tools/training/signals.h"

namespace lienet::commands {
namespace {

using namespace reproduce;

struct Options {
  std::string item, recipe, out;
  int seeds = 3;
  bool dry_run = false;
};

// Seconds of a training's pass over one image, measured. Large images are few, so that they fit
// into memory.
double seconds_of_pass(const Plan& plan) {
  for (const Step& step : plan.steps()) {
    if (!step.training) continue;
    StepBench bench{.config = Plan::config_of(step), .steps = 3, .warmup = 1};
    if (bench.config.uses_files()) {
      bench.image = bench.config.image_size;
      bench.config.batch = std::min<int64_t>(bench.config.batch, 8);
    }
    return median(time_training_step(bench).seconds) / static_cast<double>(bench.config.batch);
  }
  return 0;
}

void print_plan(const Plan& plan, double left, double pass) {
  for (const Step& step : plan.steps())
    fmt::print("{} {}\n", is_done(step) ? "done" : "    ",
               shell_line(is_done(step) ? step.words : command_of(step)));
  const auto trainings = std::count_if(plan.steps().begin(), plan.steps().end(),
                                       [](const Step& step) { return step.training; });
  fmt::print("{} trainings, {} analyses; {} expected here\n", trainings,
             std::ssize(plan.steps()) - trainings, duration(left * pass));
}

int run(const Options& o) {
  if (o.seeds < 1) throw UsageError(fmt::format("--seeds {}: expected 1 or more", o.seeds));
  const Recipe recipe = read_recipe(o.recipe);
  const std::vector<const Item*> items = find_items(o.item);
  std::filesystem::path out = o.out;
  if (out.empty()) out = std::filesystem::path("reproduced") / recipe.name;
  Plan plan(recipe, out, o.seeds);
  for (const Item* item : items) item->plan(plan);
  double left = 0;
  for (const Step& step : plan.steps()) left += passes_left(step);
  const double pass = left > 0 ? seconds_of_pass(plan) : 0;
  if (o.dry_run) {
    print_plan(plan, left, pass);
    return done;
  }
  make_folder(plan.out());
  const DirectoryLock lock(plan.out());
  const InterruptGuard interrupts;
  const bool finished = execute(plan, pass,
                                {.stop = [&] { return interrupts.requested(); },
                                 .say =
                                     [](const std::string& line) {
                                       fmt::print("{}\n", line);
                                       std::fflush(stdout);
                                     }});
  if (!finished) {
    fmt::print(stderr, "interrupted; the same command goes on\n");
    return interrupted;
  }
  std::vector<Shown> shown;
  for (const Item* item : items) {
    shown.push_back({item, item->show(plan)});
    fmt::print("{}\n", text_of(shown.back()));
  }
  write_report(plan, shown);
  fmt::print("{}\n", (plan.out() / "index.html").string());
  return done;
}

}  // namespace

Run add_reproduce(CLI::App& app) {
  auto o = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, "reproduce", "Train and measure what the paper's tables and figures show");
  add_option(command, "ITEM", o->item,
             "table1, table2, table3, fig3 to fig7, fig10, appendixA, appendixB, or all")
      .required();
  add_option(command, "--recipe", o->recipe,
             "A recipe's name (cifar100, imagenet, shapes100, shapes100-small) or its TOML file")
      .required();
  add_option(command, "--seeds", o->seeds, "Trainings of each variant");
  add_option(command, "--out", o->out,
             "Folder for runs, analyses, results.csv, results.json, index.html; default: "
             "reproduced/RECIPE");
  add_flag(command, "--dry-run", o->dry_run, "Print the commands and the time they may take");
  add_config_option(command);
  set_examples(command, {"lienet reproduce table2 --recipe shapes100-small --seeds 3"},
               "What is there already is not done again, and what was interrupted goes on.");
  return [o] { return run(*o); };
}

}  // namespace lienet::commands
