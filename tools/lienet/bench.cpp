// lienet bench: how fast is this build on this machine?
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "tools/bench/loader_epoch.h"
#include "tools/bench/machine_peak.h"
#include "tools/bench/mask_cost.h"
#include "tools/bench/mask_pass.h"
#include "tools/bench/saliency_pass.h"
#include "tools/bench/training_step.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/options.h"
#include "tools/training/inhibition_plan.h"
#include "tools/training/measure.h"

namespace lienet::commands {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  StepBench bench;
  bool eval = false;
  bool json = false;
};

double fastest(const std::vector<double>& seconds) {
  return *std::min_element(seconds.begin(), seconds.end());
}

// What the peers' programs print, where it means the same; and what this machine does at most.
Json summary(const Options& o, const StepTimes& t) {
  const TrainConfig& c = o.bench.config;
  const double seconds = median(t.seconds), gflops = t.operations / seconds / 1e9;
  Json line = {{"model", c.model},
               {"width", c.model_options(o.bench.classes).width},
               {"batch", c.batch},
               {"image", o.bench.image},
               {"inhibit", c.inhibit},
               {"precision", c.precision},
               {"winograd", c.winograd},
               {"threads", t.threads},
               {"eval", o.eval},
               {"seconds", seconds},
               {"best", fastest(t.seconds)},
               {"images_per_second", static_cast<double>(c.batch) / seconds},
               {"seconds_to_first_step", t.to_first_step},
               {"peak_mib", t.peak_mib},
               {"gflops", gflops}};
  const ContextOptions options = c.context_options();
  if (options.device != Device::cpu) return line;
  Context ctx(options);
  const MachinePeak peak = measure_peak(ctx);
  line["peak_gflops"] = peak.gflops;
  line["share_of_peak"] = gflops / peak.gflops;
  line["copy_gb_per_second"] = peak.copy_gb_per_second;
  return line;
}

// Rows "by op" or "by layer": milliseconds a step, slowest first.
std::vector<OpTime> rows_of(const Options& o, const StepTimes& t, bool by_layer) {
  std::map<std::pair<std::string, std::string>, OpTime> sums;
  for (const OpTime& op : t.ops) {
    OpTime& row = sums[{op.op, by_layer ? op.layer : ""}];
    row.op = op.op;
    row.layer = by_layer ? op.layer : "";
    const double scale = 1e3 / o.bench.steps;
    row.forward += scale * op.forward;
    row.backward += scale * op.backward;
    row.complete += scale * op.complete;
    row.inhibit += scale * op.inhibit;
  }
  std::vector<OpTime> rows;
  for (const auto& [key, row] : sums) rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const OpTime& a, const OpTime& b) { return a.total() > b.total(); });
  return rows;
}

// Where a training step's time goes. The shares are of the mean watched step; they add up to 1.
void print_times(const Options& o, const StepTimes& t, bool by_layer) {
  const double scale = 1e3 / o.bench.steps, whole = scale * t.watched;
  fmt::print("{:<22} {:<20} {:>12} {:>12} {:>12} {:>11} {:>8}\n", "op", "layer", "forward ms",
             "backward ms", "complete ms", "inhibit ms", "share %");
  for (const OpTime& r : rows_of(o, t, by_layer))
    fmt::print("{:<22} {:<20} {:>12.3f} {:>12.3f} {:>12.3f} {:>11.3f} {:>8.2f}\n", r.op, r.layer,
               r.forward, r.backward, r.complete, r.inhibit, 100 * r.total() / whole);
  const auto other = [&](const char* what, double seconds) {
    fmt::print("{:<43} {:>12.3f} {:>46.2f}\n", what, scale * seconds,
               100 * scale * seconds / whole);
  };
  other("optimizer", t.optimizer);
  other("zero gradients", t.zero_gradients);
  other("rest", t.rest());
}

Json times_json(const Options& o, const StepTimes& t, bool by_layer) {
  const double scale = 1e3 / o.bench.steps, whole = scale * t.watched;
  Json ops = Json::array();
  for (const OpTime& r : rows_of(o, t, by_layer))
    ops.push_back({{"op", r.op},
                   {"layer", r.layer},
                   {"forward_ms", r.forward},
                   {"backward_ms", r.backward},
                   {"complete_ms", r.complete},
                   {"inhibit_ms", r.inhibit},
                   {"share", r.total() / whole}});
  return {{"ops", std::move(ops)},
          {"optimizer_ms", scale * t.optimizer},
          {"zero_gradients_ms", scale * t.zero_gradients},
          {"rest_ms", scale * t.rest()},
          {"mean_ms", whole}};
}

int step(const Options& o, bool by_layer) {
  const StepTimes t = o.eval ? time_evaluation(o.bench) : time_training_step(o.bench);
  Json line = summary(o, t);
  if (o.json) {
    if (!o.eval) line.update(times_json(o, t, by_layer));
    fmt::print("{}\n", line.dump());
    return done;
  }
  const auto number = [&](const char* key) { return line[key].get<double>(); };
  if (!o.eval) print_times(o, t, by_layer);
  fmt::print("{}: median {:.4f} s, best {:.4f} s; {:.1f} images/s; {:.0f} MiB\n",
             o.eval ? "evaluation" : "step", number("seconds"), number("best"),
             number("images_per_second"), number("peak_mib"));
  fmt::print("first ended {:.2f} s after the program began\n", number("seconds_to_first_step"));
  fmt::print("{:.1f} GFLOP/s as direct convolution counts them\n", number("gflops"));
  if (line.contains("share_of_peak"))
    fmt::print("{:.0f} % of the {:.1f} of large products of matrices here; copying {:.1f} GB/s\n",
               100 * number("share_of_peak"), number("peak_gflops"), number("copy_gb_per_second"));
  return done;
}

// The mask alone, on maps like those that the model's stages end with.
int inhibit(const Options& o) {
  TrainConfig config = o.bench.config;
  if (config.inhibit == "off") config.inhibit = "paper";
  Context ctx(config.context_options());
  const double copying = ctx.device() == Device::ref ? 0 : measure_copy(ctx);
  if (!o.json) fmt::print("a copy: {:.1f} GB/s\n", copying);
  for (const MaskPass& pass : time_masks(ctx, o.bench, InhibitionPlan(config))) {
    const double middle = median(pass.seconds), best = fastest(pass.seconds);
    const std::string inhibition = pass.inhibition.str();
    if (o.json)
      fmt::print("{}\n", Json{{"inhibit", inhibition},
                              {"shape", pass.shape.dims()},
                              {"seconds", middle},
                              {"best", best},
                              {"gb_per_second", pass.bytes / middle / 1e9},
                              {"copy_gb_per_second", copying}}
                             .dump());
    else
      fmt::print("{:<20} median {:>8.3f} ms, best {:>8.3f} ms; {:>6.1f} GB/s  {}\n",
                 pass.shape.str(), 1e3 * middle, 1e3 * best, pass.bytes / middle / 1e9, inhibition);
  }
  return done;
}

// Times beside the first of them.
void print_ratios(const Options& o, const std::vector<Timed>& times, const char* key) {
  const std::vector<double>& first = times.front().seconds;
  if (!o.json) fmt::print("{:<26} {:>10} {:>10} {:>24}\n", "", "median ms", "best ms", "ratio");
  for (const Timed& t : times) {
    std::vector<double> ratios;
    for (size_t i = 0; i < first.size(); ++i) ratios.push_back(t.seconds[i] / first[i]);
    const auto [low, high] = median_interval(ratios);
    if (o.json)
      fmt::print("{}\n", Json{{key, t.name},
                              {"seconds", median(t.seconds)},
                              {"best", fastest(t.seconds)},
                              {"ratio", median(ratios)},
                              {"ratio_interval", {low, high}}}
                             .dump());
    else
      fmt::print("{:<26} {:>10.2f} {:>10.2f}    {:.3f} ({:.3f} to {:.3f})\n", t.title,
                 1e3 * median(t.seconds), 1e3 * fastest(t.seconds), median(ratios), low, high);
  }
}

int cost(const Options& o) {
  std::vector<std::string> inhibitions{o.bench.config.inhibit};
  if (inhibitions[0] == "off") inhibitions = {"paper", "log", "paper,mode=no_minicolumn"};
  print_ratios(o, time_inhibitions(o.bench, inhibitions), "inhibit");
  return done;
}

int saliency(const Options& o) {
  print_ratios(o, time_saliency(o.bench), "saliency");
  return done;
}

int loader(const Options& o) {
  const TrainConfig& c = o.bench.config;
  const LoaderEpochs epochs = time_loader(o.bench);
  const auto images = static_cast<double>(epochs.images);
  const double middle = median(epochs.seconds), best = fastest(epochs.seconds);
  if (o.json)
    fmt::print("{}\n", Json{{"batch", c.batch},
                            {"workers", c.workers},
                            {"seconds", middle},
                            {"best", best},
                            {"images_per_second", images / middle}}
                           .dump());
  else
    fmt::print("{} workers: median {:.0f} images/s, best {:.0f}\n", c.workers, images / middle,
               images / best);
  return done;
}

int bench(const Options& o, const std::string& what) {
  check_usage([&] { o.bench.config.check(); });
  if (o.eval && what != "step")
    throw UsageError("--eval is for bench step; leave it off bench " + what);
  if (what == "inhibit") return inhibit(o);
  if (what == "cost") return cost(o);
  if (what == "loader") return loader(o);
  if (what == "saliency") return saliency(o);
  return step(o, what == "layers");
}

}  // namespace

Run add_bench(CLI::App& app) {
  auto o = std::make_shared<Options>();
  auto what = std::make_shared<std::string>();
  StepBench& b = o->bench;
  CLI::App* command = add_command(app, "bench", "Measure how fast this build is here");
  add_option(command, "WHAT", *what,
             "step: training steps and their time by op; layers: by layer; inhibit: the mask "
             "alone; cost: steps with and without it, in turns; loader: epochs of batches; "
             "saliency: maps beside a forward and backward pass, in turns")
      .required()
      .one_of({"step", "layers", "inhibit", "cost", "loader", "saliency"});
  add_option(command, "--model", b.config.model, "resnet18, ...");
  add_option(command, "--width", b.config.width, "Channels of the first stage; 0: the model's own");
  add_option(command, "--stem", b.config.stem, "cifar or imagenet");
  add_option(command, "--batch", b.config.batch, "Images a step");
  add_option(command, "--image", b.image, "Height and width of the images");
  add_option(command, "--classes", b.classes, "Classes");
  add_option(command, "--inhibit", b.config.inhibit, "As in training");
  add_option(command, "--device", b.config.device, "As in training");
  add_option(command, "--precision", b.config.precision, "As in training");
  add_switch(command, "winograd", b.config.winograd, "As in training");
  add_switch(command, "graph", b.config.graph, "As in training");
  add_option(command, "--threads", b.config.threads, "Threads that compute; 0: all cores");
  add_option(command, "--workers", b.config.workers, "Threads that make batches");
  add_option(command, "--steps", b.steps, "Steps that count").positive();
  add_option(command, "--warmup", b.warmup, "Steps before them").non_negative();
  add_flag(command, "--eval", o->eval, "Evaluate the batch instead of a training step");
  add_flag(command, "--json", o->json, "JSON, one line for each measurement");
  add_config_option(command);
  set_examples(command, {"lienet bench step --width 64 --batch 128 --inhibit paper"});
  return [o, what] { return bench(*o, *what); };
}

}  // namespace lienet::commands
