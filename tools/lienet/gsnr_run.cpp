#include "tools/lienet/gsnr_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/gsnr.h"
#include "analysis/normalise.h"
#include "engine/file.h"
#include "models/weights.h"
#include "tools/training/epoch_files.h"
#include "tools/training/inhibition_plan.h"
#include "tools/training/json_line.h"

namespace lienet::commands {

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> layer_columns{"network", "epoch", "layer", "GSNR", "GSNR masked"};

std::string cell(double gsnr) {
  return fmt::format("{:.5g}", gsnr);
}

}  // namespace

double GsnrRun::Point::mean(double Layer::*gsnr) const {
  double sum = 0;
  for (const Layer& layer : layers) sum += layer.*gsnr;
  return sum / static_cast<double>(layers.size());
}

std::string GsnrRun::Point::time() const {
  return epoch > 0 ? std::to_string(epoch) : "";
}

GsnrRun::GsnrRun(Context& ctx, std::span<const Network> networks, const ImageInputs& pictures,
                 const std::string& inhibit)
    : ctx_(ctx), networks_(networks), pictures_(pictures) {
  for (const Network& network : networks) {
    TrainConfig& config = masks_.emplace_back(inhibition_of(network.trained, inhibit));
    if (config.inhibit == "off") config.inhibit = "paper";
    InhibitionPlan(config).apply(*network.model, config.epochs - 1);
  }
  labels_ = ctx.empty_on_host({pictures.count}, DType::i64);
  std::copy_n(pictures.set->labels.begin(), pictures.count, labels_.data<int64_t>());
}

void GsnrRun::all(const std::function<void(const std::string&)>& each) {
  const Tensor pixels = pixels_of(ctx_, *pictures_.set, 0, pictures_.count);
  for (size_t n = 0; n < networks_.size(); ++n) {
    const Network& network = networks_[n];
    const Tensor images = normalise(ctx_, pixels, network.description.stats);
    const EpochFiles kept = kept_weights(network.trained.weights);
    std::vector<int64_t> epochs = kept.epochs();
    if (epochs.empty()) epochs = {0};
    for (const int64_t epoch : epochs) {
      if (epoch > 0) {
        load_weights(ctx_, *network.model, SafetensorsFile::open(kept.path(epoch)));
        InhibitionPlan(masks_[n]).apply(*network.model, epoch - 1);
      }
      points_.push_back(measure(n, epoch, images));
      each(json_of(points_.back()));
    }
  }
}

GsnrRun::Point GsnrRun::measure(size_t n, int64_t epoch, const Tensor& images) {
  Point point{n, epoch};
  for (const bool masked : {false, true}) {
    const auto moments = gradient_moments(ctx_, *networks_[n].model, images, labels_, masked);
    for (size_t i = 0; i < moments.size(); ++i) {
      const double value = gsnr(moments[i]);
      if (masked)
        point.layers[i].masked = value;
      else
        point.layers.push_back({moments[i].layer(), value, 0});
    }
  }
  return point;
}

std::string GsnrRun::json_of(const Point& point) const {
  nlohmann::ordered_json line{
      {"network", networks_[point.network].name}, {"epoch", nullptr},
      {"inhibit", masks_[point.network].inhibit}, {"images", pictures_.count},
      {"gsnr", point.mean(&Layer::plain)},        {"gsnr_masked", point.mean(&Layer::masked)}};
  if (point.epoch > 0) line["epoch"] = point.epoch;
  for (const Layer& layer : point.layers)
    line["layers"].push_back(
        {{"layer", layer.name}, {"gsnr", layer.plain}, {"gsnr_masked", layer.masked}});
  return json_line(line);
}

void GsnrRun::add_rows(const Point& point, Table& table) const {
  for (const Layer& layer : point.layers)
    table.rows.push_back({networks_[point.network].name, point.time(), layer.name,
                          cell(layer.plain), cell(layer.masked)});
}

Table GsnrRun::layers() const {
  Table table{layer_columns};
  for (const Point& point : points_) add_rows(point, table);
  return table;
}

Table GsnrRun::last_epochs() const {
  Table table{layer_columns};
  for (const Point* point : last_points()) add_rows(*point, table);
  return table;
}

Table GsnrRun::means() const {
  Table table{{"network", "epoch", "mean GSNR", "mean GSNR masked"}};
  for (const Point& point : points_)
    table.rows.push_back({networks_[point.network].name, point.time(),
                          cell(point.mean(&Layer::plain)), cell(point.mean(&Layer::masked))});
  return table;
}

std::vector<const GsnrRun::Point*> GsnrRun::last_points() const {
  std::vector<const Point*> last;
  for (size_t i = 0; i < points_.size(); ++i)
    if (i + 1 == points_.size() || points_[i + 1].network != points_[i].network)
      last.push_back(&points_[i]);
  return last;
}

std::string GsnrRun::what_was_done() const {
  std::string masks;
  for (size_t n = 0; n < masks_.size(); ++n) {
    const std::string& mask = masks_[n].inhibit;
    const bool known = std::any_of(masks_.begin(), masks_.begin() + static_cast<std::ptrdiff_t>(n),
                                   [&](const TrainConfig& c) { return c.inhibit == mask; });
    if (!known) masks += (masks.empty() ? "" : " or ") + mask;
  }
  return fmt::format(
      "Of each convolution: squared mean over variance of its weights' gradients from image to "
      "image, mean over the weights; BatchNorm as in tests. Masked: with inhibition ({}) in the "
      "backward pass. {} images of {}; without any signal it would be about 1/{}.",
      masks, pictures_.count, pictures_.name, pictures_.count);
}

std::vector<Plot> GsnrRun::plots() const {
  constexpr std::pair<const char*, double Layer::*> kinds[] = {{"", &Layer::plain},
                                                               {" + mask", &Layer::masked}};
  Plot by_layer{
      .title = "GSNR by layer", .x_label = "convolution, from the input on", .log_y = true};
  Plot by_epoch{
      .title = "GSNR by epoch, mean over convolutions", .x_label = "epoch", .log_y = true};
  for (const Point* point : last_points())
    for (const auto& [kind, gsnr] : kinds) {
      const std::string name = networks_[point->network].name + kind;
      PlotSeries& layers = by_layer.series.emplace_back(PlotSeries{name, {}});
      for (size_t i = 0; i < point->layers.size(); ++i)
        layers.points.push_back({static_cast<double>(i + 1), point->layers[i].*gsnr});
      PlotSeries epochs{name, {}};
      for (const Point& p : points_)
        if (p.network == point->network && p.epoch > 0)
          epochs.points.push_back({static_cast<double>(p.epoch), p.mean(gsnr)});
      if (!epochs.points.empty()) by_epoch.series.push_back(std::move(epochs));
    }
  if (several_epochs()) return {by_layer, by_epoch};
  return {by_layer};
}

void GsnrRun::write(const fs::path& out) const {
  std::string lines;
  for (const Point& point : points_) lines += json_of(point) + "\n";
  const CurvesPage page{.title = networks_.size() == 1 ? "Signal to noise in " + networks_[0].name
                                                       : std::string("Signal to noise in networks"),
                        .note = what_was_done(),
                        .plots = plots(),
                        .table = layers()};
  write_atomically(out / "gsnr.jsonl", lines);
  write_atomically(out / "gsnr.csv", csv_of(page.table));
  write_atomically(out / "gsnr.svg", svg_plot(page.plots[0]));
  if (several_epochs()) write_atomically(out / "epochs.svg", svg_plot(page.plots[1]));
  write_atomically(out / "index.html", curves_html(page));
}

}  // namespace lienet::commands
