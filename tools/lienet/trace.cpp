// lienet trace: what happens in one training step, op by op, forward and backward.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "datasets/loader.h"
#include "engine/check.h"
#include "engine/file.h"
#include "tools/bench/training_step.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/data_options.h"
#include "tools/lienet/options.h"
#include "tools/lienet/trace_page.h"
#include "tools/lienet/trace_table.h"
#include "tools/lienet/trained.h"
#include "tools/training/evaluate.h"
#include "tools/training/inhibition_plan.h"
#include "tools/training/json_line.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainConfig config;  // of which model, inhibition, batch, device, precision and seed count
  std::string weights, dataset, html;
  DataOptions data;
  int64_t classes = 100, image = 32;
  bool json = false;
};

// What is traced, and a batch for it.
struct Subject {
  std::unique_ptr<ResNet> model;
  Batch batch;
  Metric metric = Metric::top1;
  std::string images;  // what they are: "noise"
};

// The first images of the training set, as they are.
void take_batch(const Options& o, const DataSet& data, const ChannelStats& stats, Subject& to) {
  Loader loader(data.train, {.batch = o.config.batch, .workers = 0, .stats = stats});
  loader.start(0);
  to.batch = *loader.next();
  to.metric = metric_of(*data.train);
  to.images = data.train->name;
}

TrainedOptions trained_options(const CLI::App& command, const Options& o) {
  return {.weights = o.weights,
          .model = given(command, "--model") ? o.config.model : "",
          .stem = given(command, "--stem") ? o.config.stem : "",
          .width = o.config.width};
}

// Weights in a run's directory stand for its data and its inhibition, unless the command line has
// others.
void complete_from_run(const CLI::App& command, Options& o) {
  const std::optional<TrainConfig> run = run_of(trained_options(command, o));
  if (!run) return;
  take_from_run(command, *run, o.dataset, o.data);
  o.data.pictures = run->picture_options();
  if (given(command, "--inhibit")) return;
  o.config.inhibit = run->inhibit;
  if (!given(command, "--inhibit-layers")) o.config.inhibit_layers = run->inhibit_layers;
}

Subject trained(const CLI::App& command, Context& ctx, Options& o) {
  Network network = open_network(ctx, trained_options(command, o));
  o.config.model = network.description.model;
  o.config.stem = network.description.stem;
  o.config.width = network.description.width;
  if (o.dataset.empty()) o.dataset = network.description.dataset;
  if (o.dataset.empty()) throw UsageError("DATASET: name one; these weights name none");
  Subject subject{std::move(network.model), {}, {}, {}};
  const DataSet data = open_data_of(o.dataset, o.data);
  if (data.train->classes > network.description.classes)
    fail("{} has {} classes, the network {}", data.train->name, data.train->classes,
         network.description.classes);
  network.take_stats(data.stats);
  take_batch(o, data, network.description.stats, subject);
  return subject;
}

// A fresh network on a data set, or on noise.
Subject untrained(Context& ctx, const Options& o) {
  Subject subject;
  if (o.dataset.empty()) {
    subject.model = std::make_unique<ResNet>(ctx, o.config.model_options(o.classes));
    const BenchImages made =
        make_images(ctx, {.config = o.config, .classes = o.classes, .image = o.image});
    subject.batch.images = made.images;
    subject.batch.labels = made.labels;
    subject.images = "noise";
    return subject;
  }
  const DataSet data = open_data_of(o.dataset, o.data);
  subject.model = std::make_unique<ResNet>(ctx, o.config.model_options(data.train->classes));
  take_batch(o, data, data.stats, subject);
  return subject;
}

std::string title_of(const Options& o, const Subject& s) {
  return fmt::format("{} of width {}, {}", o.config.model, s.model->options().width,
                     o.config.inhibit == "off" ? "plain" : "inhibition " + o.config.inhibit);
}

std::string note_of(const Options& o, const Context& ctx, const Subject& s) {
  const Tensor& x = s.batch.images;
  return fmt::format("{} images of {}x{}, {}; {} on {}, {} thread{}. {}.", x.dim(0), x.dim(2),
                     x.dim(3), s.images, o.config.precision, name_of(ctx.device()), ctx.threads(),
                     ctx.threads() == 1 ? "" : "s",
                     o.weights.empty() ? "Fresh weights" : "Weights of " + o.weights);
}

int trace(const CLI::App& command, Options o) {
  take_folder(o.dataset, o.data.path);
  if (!o.weights.empty()) complete_from_run(command, o);
  if (!o.dataset.empty()) o.config.dataset = o.dataset;
  check_usage([&] { o.config.check(); });
  if (o.classes < 1 || o.image < 1)
    throw UsageError(
        fmt::format("--classes {}, --image {}: expected 1 or more", o.classes, o.image));
  Context ctx(o.config.context_options());
  Subject subject = o.weights.empty() ? untrained(ctx, o) : trained(command, ctx, o);
  InhibitionPlan(o.config).apply(*subject.model, 0);
  const Trace t = trace_step(ctx, *subject.model, subject.batch, subject.metric);
  const std::string title = title_of(o, subject), note = note_of(o, ctx, subject);
  if (!o.html.empty()) write_atomically(o.html, trace_html(t, title, note));
  if (o.json) {
    nlohmann::ordered_json line = {{"model", o.config.model},
                                   {"width", subject.model->options().width},
                                   {"inhibit", o.config.inhibit},
                                   {"images", subject.images},
                                   {"batch", subject.batch.images.dim(0)},
                                   {"device", name_of(ctx.device())},
                                   {"precision", o.config.precision},
                                   {"threads", ctx.threads()}};
    line.update(json_of(t));
    fmt::print("{}\n", json_line(line));
    return done;
  }
  fmt::print("{}\n{}\n\nforward, {:.3f} ms\n{}\nloss {:.4f}\n\nbackward, {:.3f} ms\n{}", title,
             note, 1e3 * t.forward_seconds(), text_of(forward_table(t)), t.loss,
             1e3 * t.backward_seconds(), text_of(backward_table(t)));
  if (!o.html.empty()) fmt::print("\n{}\n", o.html);
  return done;
}

}  // namespace

Run add_trace(CLI::App& app) {
  auto o = std::make_shared<Options>();
  TrainConfig& c = o->config;
  CLI::App* command =
      add_command(app, "trace", "One training step, op by op: forward, then backward");
  add_option(command, "DATASET", o->dataset,
             "Its first training images; default: what --weights were trained on, or else noise");
  add_option(command, "--weights", o->weights,
             "safetensors file, or a run's directory: its best, its data and its inhibition");
  add_option(command, "--model", c.model, "resnet18, ...");
  add_option(command, "--width", c.width, "Channels of the first stage; 0: the model's own");
  add_option(command, "--stem", c.stem, "cifar or imagenet");
  add_option(command, "--classes", o->classes, "Classes, of noise");
  add_option(command, "--batch", c.batch, "Images");
  add_option(command, "--image", o->image, "Height and width of the images, of noise");
  add_option(command, "--data", o->data.path, "Folder or archive of the data set");
  add_option(command, "--train", o->data.train, "As in training: the first N training images");
  add_option(command, "--test", o->data.test, "As in training: the first N test images");
  add_option(command, "--background", o->data.background, "As in training (shapes100)");
  add_option(command, "--inhibit", c.inhibit, "As in training");
  add_option(command, "--inhibit-layers", c.inhibit_layers, "As in training");
  add_option(command, "--device", c.device, "As in training: auto, cpu, cuda, or ref (slow)");
  add_option(command, "--precision", c.precision, "As in training");
  add_switch(command, "winograd", c.winograd, "As in training");
  add_option(command, "--seed", c.seed, "Of weights and noise");
  add_option(command, "--threads", c.threads, "Threads that compute; 0: all cores");
  add_option(command, "--html", o->html, "Draw it, too: a self-contained page");
  add_flag(command, "--json", o->json, "One line of JSON");
  add_config_option(command);
  set_examples(command, {"lienet trace --model resnet20 --width 16 --batch 8 --inhibit paper",
                         "lienet trace --weights runs/masked --html step.html"});
  return [o, command] { return trace(*command, *o); };
}

}  // namespace lienet::commands
