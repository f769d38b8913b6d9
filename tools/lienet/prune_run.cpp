#include "tools/lienet/prune_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/normalise.h"
#include "datasets/loader.h"
#include "engine/check.h"
#include "engine/file.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "models/weights.h"
#include "tools/bench/in_turns.h"
#include "tools/lienet/image_inputs.h"
#include "tools/training/json_line.h"
#include "tools/training/measure.h"

namespace lienet::commands {

namespace fs = std::filesystem;

namespace {

const char* name_of(PruneScope scope) {
  return scope == PruneScope::layer ? "layer" : scope == PruneScope::global ? "global" : "channels";
}

double percent(int64_t part, int64_t all) {
  return 100 * static_cast<double>(part) / static_cast<double>(all);
}

}  // namespace

PruneRun::PruneRun(Context& ctx, std::span<const Network> networks,
                   std::shared_ptr<const ImageSet> images, const PruneRunOptions& options)
    : ctx_(ctx), networks_(networks), images_(std::move(images)), options_(options) {
  if (options.finetune == 0) return;
  for (const Network& network : networks) {
    if (!run_of(network.trained))
      throw UsageError(fmt::format(
          "--finetune: no config.json beside {}; a network is fine-tuned as its run was trained",
          weights_file(network.trained)));
    for (const double sparsity : options.sparsities) recipe(network, sparsity);  // throws
  }
}

bool PruneRun::all(const std::function<void(const std::string&)>& each, const TrainHooks& hooks) {
  for (size_t n = 0; n < networks_.size(); ++n)
    for (const double sparsity : options_.sparsities) {
      Row row = prune(n, sparsity);
      if (options_.finetune > 0) {
        row.finetuned = finetune(networks_[n], sparsity, hooks);
        if (!row.finetuned) return false;
      }
      if (hooks.stop && hooks.stop()) return false;
      rows_.push_back(row);
      each(json_of(row));
    }
  return true;
}

fs::path PruneRun::path_of(const Network& network, double sparsity) const {
  return options_.out / fmt::format("{}-{}", network.name, sparsity);
}

PruneRun::Row PruneRun::prune(size_t n, double sparsity) {
  const Network& network = networks_[n];
  ResNet& model = *network.model;
  load_weights(ctx_, model, network.file);
  apply_masks(ctx_, prune_masks(ctx_, model, sparsity, options_.scope));
  if (options_.save)
    save_weights(ctx_, path_of(network, sparsity).string() + ".safetensors", model,
                 network.description);
  Row row{.network = n,
          .sparsity = sparsity,
          .weights = count_weights(ctx_, model),
          .test = test(network)};
  if (options_.scope == PruneScope::channels) row.removal = remove(network);
  return row;
}

Evaluation PruneRun::test(const Network& network) {
  Loader loader(
      images_,
      {.batch = options_.batch, .workers = options_.workers, .stats = network.description.stats});
  return evaluate(ctx_, *network.model, loader);
}

PruneRun::Removal PruneRun::remove(const Network& network) {
  ResNet left(ctx_, network.description.options());
  const std::vector<NamedTensor> from = network.model->state();
  std::vector<NamedTensor> to = left.state();
  for (size_t i = 0; i < from.size(); ++i) copy(ctx_, from[i].tensor, to[i].tensor);
  Removal removal{.channels = remove_zero_channels(ctx_, left)};
  removal.parameters = left.parameter_count();
  const int64_t count = std::min(options_.batch, images_->size());
  const Tensor x = to_device(
      ctx_, normalise(ctx_, pixels_of(ctx_, *images_, 0, count), network.description.stats));
  const auto pass = [&](Layer& model) {
    Tape tape = Tape::inference(ctx_);
    to_host(ctx_, model(tape, tape.constant(x)).tensor());
  };
  const Contender both[] = {{"dense", "dense", [&] { pass(*network.model); }},
                            {"left", "left", [&] { pass(left); }}};
  const std::vector<Timed> times = in_turns(both, 1, 7);
  removal.dense_speed = static_cast<double>(count) / median(times[0].seconds);
  removal.left_speed = static_cast<double>(count) / median(times[1].seconds);
  return removal;
}

TrainConfig PruneRun::recipe(const Network& network, double sparsity) const {
  TrainConfig config = *run_of(network.trained);
  config.weights = fs::absolute(path_of(network, sparsity).string() + ".safetensors")
                       .lexically_normal()
                       .string();
  config.partial = false;
  config.keep_zeros = true;
  config.epochs = options_.finetune;
  config.milestones.clear();    // as early as in a whole training
  config.keep = config.epochs;  // the weights that are tested in the end
  if (config.warmup > static_cast<double>(config.epochs)) config.warmup = -1;
  if (config.inhibit_warmup > config.epochs) config.inhibit_warmup = 0;
  config.device = options_.device;
  config.threads = options_.threads;
  config.check();
  return config;
}

std::optional<double> PruneRun::finetune(const Network& network, double sparsity,
                                         const TrainHooks& hooks) {
  const TrainConfig config = recipe(network, sparsity);
  const fs::path path = path_of(network, sparsity);
  std::error_code error;
  const bool begun = fs::exists(path / "config.json", error);
  RunDirectory run = begun ? RunDirectory::open(path) : RunDirectory::create(path, config);
  if (to_json(run.config()) != to_json(config))
    fail("{}: has another fine-tuning; choose another --out", path.string());
  const DataSet data = open_data_of(config.dataset, {.path = config.data,
                                                     .train = config.train,
                                                     .test = config.test,
                                                     .background = config.background,
                                                     .pictures = config.picture_options()});
  const TrainOutcome outcome = lienet::train(run, data, hooks);
  if (!outcome.finished) return std::nullopt;
  load_weights(ctx_, *network.model, SafetensorsFile::open(run.kept().path(config.epochs)));
  return test(network).top1;
}

std::string PruneRun::json_of(const Row& row) const {
  nlohmann::ordered_json line{{"network", networks_[row.network].name},
                              {"scope", name_of(options_.scope)},
                              {"sparsity", row.sparsity},
                              {"weights", row.weights.all},
                              {"zeros", row.weights.zeros},
                              {"images", row.test.images},
                              {"top1", row.test.top1},
                              {"top5", row.test.top5},
                              {"loss", row.test.loss}};
  if (row.finetuned) {
    line["finetune_epochs"] = options_.finetune;
    line["finetuned_top1"] = *row.finetuned;
  }
  if (row.removal) {
    line["removed_channels"] = row.removal->channels;
    line["parameters_left"] = row.removal->parameters;
    line["images_per_second_dense"] = row.removal->dense_speed;
    line["images_per_second_left"] = row.removal->left_speed;
  }
  return json_line(line);
}

Table PruneRun::table() const {
  Table table{{"network", "sparsity", "zeros %", "top-1 %", "top-5 %", "loss"}};
  if (options_.finetune > 0) table.columns.emplace_back("fine-tuned top-1 %");
  if (options_.scope == PruneScope::channels)
    for (const char* column : {"parameters left", "images/s dense", "images/s left"})
      table.columns.emplace_back(column);
  for (const Row& row : rows_) {
    auto& cells = table.rows.emplace_back(std::vector<std::string>{
        networks_[row.network].name, fmt::format("{}", row.sparsity),
        fmt::format("{:.2f}", percent(row.weights.zeros, row.weights.all)),
        fmt::format("{:.2f}", row.test.top1), fmt::format("{:.2f}", row.test.top5),
        fmt::format("{:.4f}", row.test.loss)});
    if (row.finetuned) cells.push_back(fmt::format("{:.2f}", *row.finetuned));
    if (!row.removal) continue;
    cells.push_back(std::to_string(row.removal->parameters));
    cells.push_back(fmt::format("{:.0f}", row.removal->dense_speed));
    cells.push_back(fmt::format("{:.0f}", row.removal->left_speed));
  }
  return table;
}

std::string PruneRun::what_was_done() const {
  std::string text =
      options_.scope == PruneScope::layer
          ? "The smallest weights of each convolution and linear layer are 0"
      : options_.scope == PruneScope::global
          ? "The smallest weights of all convolutions and linear layers together are 0"
          : "The channels of the smallest filters inside each residual block are 0; for images a "
            "second they are taken out";
  if (options_.finetune > 0)
    text += fmt::format(", then training went on for {} epochs with these held at 0",
                        options_.finetune);
  return text + fmt::format(". {} images of {}.", images_->size(), images_->name);
}

Plot PruneRun::plot() const {
  Plot plot{.title = "Accuracy by sparsity", .x_label = "sparsity", .y_label = "top-1 %"};
  for (size_t n = 0; n < networks_.size(); ++n) {
    PlotSeries pruned{networks_[n].name, {}}, tuned{networks_[n].name + ", fine-tuned", {}};
    for (const Row& row : rows_) {
      if (row.network != n) continue;
      pruned.points.push_back({row.sparsity, row.test.top1});
      if (row.finetuned) tuned.points.push_back({row.sparsity, *row.finetuned});
    }
    plot.series.push_back(std::move(pruned));
    if (!tuned.points.empty()) plot.series.push_back(std::move(tuned));
  }
  return plot;
}

void PruneRun::write() const {
  std::string lines;
  for (const Row& row : rows_) lines += json_of(row) + "\n";
  const CurvesPage page{
      .title = networks_.size() == 1 ? networks_[0].name + " pruned" : "Networks pruned",
      .note = what_was_done(),
      .plots = {plot()},
      .table = table()};
  write_atomically(options_.out / "prune.jsonl", lines);
  write_atomically(options_.out / "prune.csv", csv_of(page.table));
  write_atomically(options_.out / "prune.svg", svg_plot(page.plots[0]));
  write_atomically(options_.out / "index.html", curves_html(page));
}

}  // namespace lienet::commands
