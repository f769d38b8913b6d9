// lienet eval: how good a trained network is.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analysis/blur.h"
#include "datasets/loader.h"
#include "tools/lienet/background_run.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/data_options.h"
#include "tools/lienet/numbers.h"
#include "tools/lienet/options.h"
#include "tools/lienet/trained.h"
#include "tools/pictures/curves_page.h"
#include "tools/pictures/npy.h"
#include "tools/training/evaluate.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainedOptions trained;
  std::string dataset, logits, blurs, device = "auto", precision = "fp32";
  int64_t batch = 128;
  int threads = 0, workers = 1;
  DataOptions data;
  bool train_set = false, json = false;
};

// Weights in a run's directory stand for its data, unless the command line names others.
void complete_from_run(const CLI::App& command, Options& o) {
  const std::optional<TrainConfig> run = run_of(o.trained);
  if (!run) return;
  take_from_run(command, *run, o.dataset, o.data);
  if (!given(command, "--image-size")) o.data.pictures.side = run->image_size;
  if (!given(command, "--resize")) o.data.pictures.shorter = run->resize;
}

double speed_of(const Evaluation& e) {
  return static_cast<double>(e.images) / e.seconds;
}

nlohmann::ordered_json json_of(const Evaluation& e, bool several) {
  nlohmann::ordered_json line;
  line[several ? "map11" : "top1"] = several ? e.map11 : e.top1;
  line[several ? "map_area" : "top5"] = several ? e.map_area : e.top5;
  line["loss"] = e.loss;
  line["images"] = e.images;
  line["seconds"] = e.seconds;
  line["images_per_second"] = speed_of(e);
  return line;
}

void print(const Options& o, const Evaluation& e, const ImageSet& set) {
  const bool several = set.multi_label();
  if (o.json) {
    fmt::print("{}\n", json_of(e, several).dump());
    return;
  }
  if (several)
    fmt::print("mAP {:.2f} % (VOC 2007, 11 points)  {:.2f} % (area)", e.map11, e.map_area);
  else
    fmt::print("top-1 {:.2f} %  top-5 {:.2f} %", e.top1, e.top5);
  fmt::print("  loss {:.4f}  {} images of {}  {:.0f} images/s\n", e.loss, e.images, set.name,
             speed_of(e));
}

void print(const Options& o, std::span<const BlurredBackground> all, const ImageSet& set) {
  const bool several = set.multi_label();
  Table table{{"sigma", several ? "mAP %" : "top-1 %", several ? "mAP % (area)" : "top-5 %", "loss",
               "images"}};
  for (const auto& [sigma, e] : all) {
    nlohmann::ordered_json line{{"sigma", sigma}};
    line.update(json_of(e, several));
    if (o.json) fmt::print("{}\n", line.dump());
    table.rows.push_back({fmt::format("{}", sigma),
                          fmt::format("{:.2f}", several ? e.map11 : e.top1),
                          fmt::format("{:.2f}", several ? e.map_area : e.top5),
                          fmt::format("{:.4f}", e.loss), fmt::format("{}", e.images)});
  }
  if (!o.json) fmt::print("{}", text_of(table));
}

void check(const Options& o) {
  if (o.blurs.empty()) return;
  if (!o.logits.empty())
    throw UsageError("--blur-background: tests more than once; --logits is for one test");
  if (o.train_set)
    throw UsageError("--blur-background: the objects' places are those of the test images");
}

int evaluate_weights(const CLI::App& command, Options o) {
  check(o);
  std::vector<double> sigmas;
  if (!o.blurs.empty()) sigmas = numbers_of("--blur-background", o.blurs, 0, largest_blur);
  o.data.boxes = !sigmas.empty();
  take_folder(o.dataset, o.data.path);
  complete_from_run(command, o);
  Context ctx({.device = device_named(o.device),
               .precision = precision_named(o.precision),
               .threads = o.threads});
  Network network = open_network(ctx, o.trained);
  if (o.dataset.empty()) o.dataset = network.description.dataset;
  if (o.dataset.empty()) throw UsageError("DATASET: name one; these weights name none");
  const DataSet data = open_data_of(o.dataset, o.data);
  network.take_stats(data.stats);
  Loader loader(o.train_set ? data.train : data.test,
                {.batch = o.batch, .workers = o.workers, .stats = network.description.stats});
  if (!sigmas.empty()) {
    print(o, evaluate_blurred(ctx, *network.model, loader, data, sigmas), loader.set());
    return done;
  }
  std::vector<float> logits;
  const Evaluation e = evaluate(ctx, *network.model, loader, o.logits.empty() ? nullptr : &logits);
  if (!o.logits.empty()) write_npy(o.logits, logits, {e.images, network.description.classes});
  print(o, e, loader.set());
  return done;
}

}  // namespace

Run add_eval(CLI::App& app) {
  auto o = std::make_shared<Options>();
  CLI::App* command = add_command(app, "eval", "Test a trained network");
  add_option(command, "DATASET", o->dataset,
             "Default: what it was trained on, as config.json beside it or the file says");
  add_trained_options(command, o->trained);
  add_option(command, "--data", o->data.path, "Folder or archive of the data set");
  add_option(command, "--train", o->data.train, "As in training: the first N training images");
  add_option(command, "--test", o->data.test, "Only the first N test images; 0: all");
  add_option(command, "--background", o->data.background, "As in training (shapes100)");
  add_option(command, "--image-size", o->data.pictures.side, "As in training (files of images)");
  add_option(command, "--resize", o->data.pictures.shorter, "As in training (files of images)");
  add_flag(command, "--train-set", o->train_set, "Test on the training images");
  add_option(command, "--blur-background", o->blurs,
             "Test with everything outside of the objects' boxes blurred, once for each of these "
             "sigmas, in pixels: numbers with commas between them");
  add_option(command, "--logits", o->logits, "Write all logits [N,K] to this file, NumPy's .npy");
  add_option(command, "--batch", o->batch, "Images at a time").positive();
  add_compute_options(command, o->device, o->threads);
  add_option(command, "--precision", o->precision, "As in training")
      .one_of({"fp32", "tf32", "bf16", "fp16"});
  add_option(command, "--workers", o->workers, "Threads that make batches");
  add_flag(command, "--json", o->json, "One line of JSON for each test");
  add_config_option(command);
  set_examples(command, {"lienet eval --weights runs/masked",
                         "lienet eval --weights runs/masked --blur-background 0,1,2,4,8"});
  return [o, command] { return evaluate_weights(*command, *o); };
}

}  // namespace lienet::commands
