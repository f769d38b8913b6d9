// lienet train: a network on a data set, plain or with lateral inhibition.
#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "engine/check.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/data_options.h"
#include "tools/lienet/options.h"
#include "tools/lienet/train_options.h"
#include "tools/training/json_line.h"
#include "tools/training/signals.h"
#include "tools/training/trainer.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainConfig config;
  std::string out, resume;
  bool json = false;
};

// A resumed run is that of its config.json: these alone may change.
constexpr std::string_view resumable[] = {
    "--resume", "--epochs", "--workers", "--threads", "--checkpoint-steps", "--json", "--help"};

void check_resumable(const CLI::App& command) {
  for (const std::string& name : options_given(command))
    if (std::find(std::begin(resumable), std::end(resumable), name.substr(0, name.find(','))) ==
        std::end(resumable))
      throw UsageError(fmt::format(
          "{}: cannot change in a run that is resumed; begin a new one with --weights", name));
}

// The run to go on with, under the options that may change.
RunDirectory open_run(const CLI::App& command, const Options& o) {
  check_resumable(command);
  RunDirectory run = RunDirectory::open(o.resume);
  TrainConfig config = run.config();
  if (given(command, "--epochs")) config.epochs = o.config.epochs;
  if (given(command, "--workers")) config.workers = o.config.workers;
  if (given(command, "--threads")) config.threads = o.config.threads;
  if (given(command, "--checkpoint-steps")) config.checkpoint_steps = o.config.checkpoint_steps;
  config.check();
  run.set_config(config);
  return run;
}

void print_outcome(const Options& o, const RunDirectory& run, const TrainOutcome& outcome) {
  const std::string path = run.path().string();
  if (o.json) {
    double seconds = 0;
    for (const EpochRecord& e : run.epochs()) seconds += e.metrics.seconds;
    nlohmann::ordered_json line = {
        {"run", path},
        {"finished", outcome.finished},
        {"epochs", outcome.epochs},
        {fmt::format("best_{}", key_of(outcome.metric)), outcome.best_score},
        {"best_epoch", outcome.best_epoch},
        {fmt::format("last_{}", key_of(outcome.metric)), outcome.last_score},
        {"seconds", seconds}};
    if (!run.epochs().empty()) {
      line["images_per_second"] = run.epochs().back().metrics.images_per_second;
      line["peak_mib"] = run.epochs().back().metrics.peak_mib;
    }
    fmt::print("{}\n", json_line(line));
  } else if (outcome.finished) {
    fmt::print(
        "{} {:.2f} % after {} epochs; {:.2f} % in epoch {}, kept in best.safetensors\n"
        "{}/report.html\n",
        title_of(outcome.metric), outcome.last_score, outcome.epochs, outcome.best_score,
        outcome.best_epoch, path);
  }
  if (!outcome.finished)
    fmt::print(stderr, "interrupted; go on with: lienet train --resume {}\n", path);
}

int train(const CLI::App& command, Options o) {
  complete(o.config);
  std::optional<RunDirectory> run;
  if (!o.resume.empty()) run.emplace(open_run(command, o));
  const TrainConfig& c = run ? run->config() : o.config;
  const DataSet data = open_data_of(c.dataset, {.path = c.data,
                                                .train = c.train,
                                                .test = c.test,
                                                .background = c.background,
                                                .pictures = c.picture_options()});
  // Only now, so that a wrong --data leaves no directory behind.
  if (!run) {
    const std::filesystem::path path =
        o.out.empty() ? default_run_path(c) : std::filesystem::path(o.out);
    run.emplace(RunDirectory::create(path, c));
  }
  std::FILE* out = o.json ? stderr : stdout;
  const InterruptGuard interrupts;
  fmt::print(out, "{}: {} on {}, {}\n", run->path().string(), c.model, c.dataset,
             c.inhibit == "off" ? "plain" : "inhibition " + c.inhibit);
  std::fflush(out);
  const TrainOutcome outcome = lienet::train(
      *run, data,
      {.stop = [&] { return interrupts.requested(); },
       .say = [](const std::string& note) { fmt::print(stderr, "lienet: {}\n", note); },
       .progress = out,
       .terminal = isatty(fileno(out)) == 1});
  print_outcome(o, *run, outcome);
  return outcome.finished ? done : interrupted;
}

}  // namespace

Run add_train(CLI::App& app) {
  auto o = std::make_shared<Options>();
  CLI::App* command = add_command(app, "train", "Train a network on a data set");
  add_train_options(command, o->config);
  add_option(command, "--out", o->out, "Run directory; default: runs/NAME").group("Run");
  add_option(command, "--resume", o->resume, "Go on with the run in this directory").group("Run");
  add_flag(command, "--json", o->json, "One line of JSON at the end").group("Run");
  add_config_option(command).group("Run");
  set_examples(
      command,
      {"lienet train cifar100 --inhibit paper --out runs/masked",
       "lienet train shapes100 --model resnet18 --width 16 --epochs 10 --train 10000",
       "lienet train ~/imagenet --model resnet50 --stem imagenet --epochs 90 --batch 256"});
  return [o, command] { return train(*command, *o); };
}

}  // namespace lienet::commands
