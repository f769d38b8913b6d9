#include "tools/training/report.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <utility>

#include "engine/check.h"
#include "tools/pictures/html.h"
#include "tools/pictures/png.h"
#include "tools/pictures/svg_plot.h"
#include "tools/training/measure.h"
#include "tools/training/readable.h"

namespace lienet {
namespace {

using Field = double EpochMetrics::*;
using LayerField = double LayerTelemetry::*;

// A cell of a table; what was not measured is a dash.
std::string cell(double value, int decimals) {
  return std::isnan(value) ? "\u2013" : fmt::format("{:.{}f}", value, decimals);
}
std::string percent(double value) {
  return std::isnan(value) ? "\u2013" : fmt::format("{:.2f}\u202f%", value);
}
std::string significant(double value) {
  return std::isnan(value) ? "\u2013" : fmt::format("{:.4g}", value);
}

std::string capital(std::string text) {
  if (text.starts_with('t')) text[0] = 'T';
  return text;
}

class Page {
 public:
  explicit Page(const Report& report) : report_(report) {
    if (!report.epochs.empty()) score_ = title_of(report.epochs.front().metrics.metric);
    for (const EpochRecord& record : report.epochs) {
      if (std::isnan(record.metrics.test_score)) continue;
      last_ = &record.metrics;
      if (!best_ || last_->test_score > best_->test_score) best_ = last_;
    }
  }

  std::string html() {
    add("<h1>{}</h1>\n", escape_html(report_.title));
    if (!report_.epochs.empty()) tiles();
    list(report_.facts);
    if (!report_.epochs.empty()) {
      curves();
      if (has(&EpochRecord::convolutions)) convolutions();
      if (has_masks()) masks();
      if (has(&EpochRecord::layers)) flux();
      if (report_.watch) watch(*report_.watch);
      epochs();
    }
    if (!report_.examples.empty()) examples();
    if (!report_.configuration.empty()) {
      add("<h2>Configuration</h2>\n");
      list(report_.configuration);
    }
    add("<footer>Written by lienet.</footer>\n");
    return html_page(report_.title, body_);
  }

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Args>(args)...);
  }

  void tile(std::string_view what, std::string_view value, std::string_view note) {
    body_ += html_tile(what, value, note);
  }

  void tiles() {
    double seconds = 0, peak = not_measured;
    std::vector<double> speeds;
    for (const EpochRecord& record : report_.epochs) {
      if (!std::isnan(record.metrics.seconds)) seconds += record.metrics.seconds;
      peak = std::fmax(peak, record.metrics.peak_mib);
      if (record.metrics.images_per_second > 0) speeds.push_back(record.metrics.images_per_second);
    }
    add("<div class=\"tiles\">\n");
    for (const auto& [what, epoch] : {std::pair("Best ", best_), std::pair("Last ", last_)})
      if (epoch)
        tile(what + score_, percent(epoch->test_score),
             fmt::format("test, epoch {}", epoch->epoch));
    if (!std::isnan(report_.epochs.back().metrics.train_score))
      tile("Train " + score_, percent(report_.epochs.back().metrics.train_score), "last epoch");
    tile("Epochs", std::to_string(report_.epochs.size()), duration(seconds) + " in all");
    if (!speeds.empty()) tile("Images/s", with_commas(median(speeds)), "median");
    if (!std::isnan(peak)) tile("Peak memory", with_commas(peak), "MiB at most");
    add("</div>\n");
  }

  void list(const std::vector<std::pair<std::string, std::string>>& items) {
    if (items.empty()) return;
    add("<dl class=\"card\">\n");
    for (const auto& [key, value] : items)
      add("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(key), escape_html(value));
    add("</dl>\n");
  }

  PlotSeries series(std::string name, Field field) const {
    PlotSeries s{std::move(name), {}};
    for (const EpochRecord& record : report_.epochs)
      s.points.push_back({double(record.metrics.epoch), record.metrics.*field});
    return s;
  }
  void plot(const Plot& p) { add("<div class=\"card\">{}</div>\n", svg_plot(p)); }

  void curves() {
    add("<h2>Curves</h2>\n<div class=\"plots\">\n");
    plot({.title = capital(score_),
          .x_label = "epoch",
          .y_label = "percent",
          .series = {series("test", &EpochMetrics::test_score),
                     series("train", &EpochMetrics::train_score)}});
    plot({.title = "Loss",
          .x_label = "epoch",
          .y_label = "cross entropy",
          .series = {series("test", &EpochMetrics::test_loss),
                     series("train", &EpochMetrics::train_loss)}});
    plot({.title = "Learning rate",
          .x_label = "epoch",
          .series = {series("learning rate", &EpochMetrics::learning_rate)}});
    plot({.title = "Images per second",
          .x_label = "epoch",
          .series = {series("images per second", &EpochMetrics::images_per_second)},
          .y_range = std::pair(0.0, fastest() * 1.1)});
    add("</div>\n");
  }

  // Speed is drawn from zero, or else its noise would fill the plot. 1 where none was measured.
  double fastest() const {
    double most = 0;
    for (const EpochRecord& record : report_.epochs)
      if (std::isfinite(record.metrics.images_per_second))
        most = std::max(most, record.metrics.images_per_second);
    return most > 0 ? most : 1;
  }

  // A list of telemetry by layer that epochs have, as &EpochRecord::layers.
  template <class T>
  using Layers = std::vector<T> EpochRecord::*;

  template <class T>
  bool has(Layers<T> list) const {
    return std::any_of(report_.epochs.begin(), report_.epochs.end(),
                       [&](const EpochRecord& record) { return !(record.*list).empty(); });
  }
  bool has_masks() const {
    return has(&EpochRecord::layers) && !std::isnan(last_of(&EpochRecord::layers)[0].inhibited);
  }
  // Of the last epoch that has any.
  template <class T>
  const std::vector<T>& last_of(Layers<T> list) const {
    const auto it = std::find_if(report_.epochs.rbegin(), report_.epochs.rend(),
                                 [&](const EpochRecord& r) { return !(r.*list).empty(); });
    return (*it).*list;
  }

  // More lines than there are colours would hide one another: some of the layers.
  template <class T>
  std::vector<std::string> drawn_layers(Layers<T> list) const {
    constexpr size_t most = 8;
    const std::vector<T>& layers = last_of(list);
    std::vector<std::string> names;
    for (const size_t i : evenly_chosen(layers.size(), most)) names.push_back(layers[i].layer);
    return names;
  }

  template <class T>
  std::vector<PlotSeries> layer_series(Layers<T> list, double T::*field) const {
    std::vector<PlotSeries> all;
    for (const std::string& name : drawn_layers(list)) {
      PlotSeries& s = all.emplace_back(PlotSeries{name, {}});
      for (const EpochRecord& record : report_.epochs) {
        const std::vector<T>& layers = record.*list;
        const auto it = std::find_if(layers.begin(), layers.end(),
                                     [&](const T& layer) { return layer.layer == name; });
        s.points.push_back(
            {double(record.metrics.epoch), it == layers.end() ? not_measured : (*it).*field});
      }
    }
    return all;
  }

  // A section's heading and its note, which says how many layers its curves show.
  template <class T>
  void begin_section(std::string_view heading, std::string_view note, Layers<T> list) {
    add("<h2>{}</h2>\n<p class=\"note\">{}", heading, note);
    if (const size_t all = last_of(list).size(), drawn = drawn_layers(list).size(); drawn < all)
      add(" The curves show {} of {} layers.", drawn, all);
    add("</p>\n<div class=\"plots\">\n");
  }

  void plot_share(std::string title, LayerField field) {
    plot({.title = std::move(title),
          .x_label = "epoch",
          .series = layer_series(&EpochRecord::layers, field),
          .y_range = std::pair(0.0, 1.0)});
  }

  template <class T>
  void plot_magnitude(std::string title, Layers<T> list, double T::*field) {
    plot({.title = std::move(title),
          .x_label = "epoch",
          .series = layer_series(list, field),
          .log_y = true});
  }

  void convolutions() {
    begin_section(
        "Signal to noise",
        "GSNR of the convolutions: the squared mean of a weight\u2019s gradient over its "
        "variance from image to image, estimated from the mini-batches of an epoch, "
        "between which the weights move. Without any signal it would be about one over the "
        "number of images.",
        &EpochRecord::convolutions);
    plot({.title = "GSNR, mean over layers",
          .x_label = "epoch",
          .series = {series("GSNR", &EpochMetrics::gsnr)},
          .log_y = true});
    plot_magnitude("GSNR by layer", &EpochRecord::convolutions, &ConvolutionTelemetry::gsnr);
    add("</div>\n<h3>The last epoch</h3>\n");
    begin_table({"Layer", "GSNR"});
    for (const ConvolutionTelemetry& c : last_of(&EpochRecord::convolutions))
      row("", {escape_html(c.layer), significant(c.gsnr)});
    end_table();
  }

  void masks() {
    begin_section(
        "Lateral inhibition",
        "What the mask does to the gradient of each inhibited output, in the last step of "
        "each epoch. Agreement of masks near 1 means that they do not depend on the "
        "image; 0.5 is chance where half is kept.",
        &EpochRecord::layers);
    plot_share("Share of positions inhibited", &LayerTelemetry::inhibited);
    plot_share("Share of the gradient's energy kept", &LayerTelemetry::energy_kept);
    plot_share("Agreement of masks between images", &LayerTelemetry::agreement);
    plot_magnitude("Mean norm of the gradient", &EpochRecord::layers, &LayerTelemetry::norm);
    add("</div>\n<h3>The last epoch</h3>\n");
    begin_table(
        {"Layer", "Norm", "Threshold", "Inhibited", "Energy kept", "Agreement", "Border kept"});
    for (const LayerTelemetry& l : last_of(&EpochRecord::layers))
      row("", {escape_html(l.layer), significant(l.norm), significant(l.threshold),
               cell(l.inhibited, 3), cell(l.energy_kept, 3), cell(l.agreement, 3),
               cell(l.border_kept, 3)});
    end_table();
  }

  void flux() {
    begin_section("Gradient flux sensitivity",
                  has_masks()
                      ? "The magnitude of the filter\u2019s response to each channel of the "
                        "gradient, before the mask, in the last step of each epoch, and the "
                        "share of it that the mask keeps."
                      : "The magnitude of the response of preset paper\u2019s filter to each "
                        "channel of the gradient, in the last step of each epoch, where "
                        "inhibition would be.",
                  &EpochRecord::layers);
    plot_magnitude("Mean flux", &EpochRecord::layers, &LayerTelemetry::flux);
    if (has_masks()) plot_share("Share of the flux kept", &LayerTelemetry::flux_kept);
    add("</div>\n<h3>The last epoch</h3>\n");
    begin_table({"Layer", "Flux", "Flux kept"});
    for (const LayerTelemetry& l : last_of(&EpochRecord::layers))
      row("", {escape_html(l.layer), significant(l.flux), cell(l.flux_kept, 3)});
    end_table();
  }

  void picture(std::string_view style, const std::string& png, const std::string& alt) {
    add("<figure class=\"card wide {}\" tabindex=\"0\"><img src=\"{}\" alt=\"{}\"></figure>\n",
        style, png_data_uri(png), escape_html(alt));
  }
  void watch(const WatchPictures& w) {
    add("<h2>Inside training</h2>\n<p class=\"note\">The same test images after every epoch, each "
        "with its class and the probability it was given. For each layer: D, the lengths of the "
        "gradient\u2019s minicolumns in one set of channels, the set where they were largest at "
        "first; delta, what the filter makes of D; the mask, white where the gradient goes on; "
        "kept, "
        "the share of all sets that keep a position. D is drawn up to its highest hundredth, delta "
        "up to its largest magnitude, map by map. LI-Map shows where the network looks for the "
        "image\u2019s class. All values are in the folder watch.</p>\n");
    picture("moving", w.animation, "The maps of all epochs, one after the other");
    add("<h3>Epoch {}</h3>\n", w.epoch);
    picture("", w.latest, fmt::format("The maps of epoch {}", w.epoch));
  }

  void begin_table(std::initializer_list<std::string> heads) {
    add("<div class=\"card scroll\" tabindex=\"0\"><table>\n<thead><tr>");
    for (const std::string& head : heads) add("<th>{}</th>", head);
    add("</tr></thead>\n<tbody>\n");
  }
  void row(std::string_view style, std::initializer_list<std::string> cells) {
    add("<tr class=\"{}\">", style);
    for (const std::string& text : cells) add("<td>{}</td>", text);
    add("</tr>\n");
  }
  void end_table() { add("</tbody></table></div>\n"); }

  void epochs() {
    add("<h2>Epochs</h2>\n");
    begin_table({"Epoch", "Train loss", "Train " + score_, "Test loss", "Test " + score_,
                 "Learning rate", "Seconds", "Images/s", "Peak MiB"});
    for (const EpochRecord& record : report_.epochs) {
      const EpochMetrics& m = record.metrics;
      const bool best = best_ == &m;
      row(best ? "best" : "",
          {std::to_string(m.epoch) + (best ? " \u2605" : ""), cell(m.train_loss, 4),
           percent(m.train_score), cell(m.test_loss, 4), percent(m.test_score),
           significant(m.learning_rate), cell(m.seconds, 1), cell(m.images_per_second, 0),
           cell(m.peak_mib, 0)});
    }
    end_table();
  }

  void examples() {
    const auto right = std::count_if(report_.examples.begin(), report_.examples.end(),
                                     [](const ReportExample& e) { return e.label == e.predicted; });
    add("<h2>Examples</h2>\n<p class=\"note\">Test images with their class and the prediction; {} "
        "of these {} are right (\u2713, solid edge), the others wrong (\u2717, dashed edge).</p>\n"
        "<div class=\"examples\">\n",
        right, report_.examples.size());
    for (const ReportExample& e : report_.examples) example(e);
    add("</div>\n");
  }

  void example(const ReportExample& e) {
    const size_t area = static_cast<size_t>(e.height) * static_cast<size_t>(e.width);
    if (e.height < 1 || e.width < 1 || e.pixels.size() != 3 * area)
      fail("report: an example of {} bytes; expected 3 x {} x {}", e.pixels.size(), e.height,
           e.width);
    std::vector<uint8_t> rgb(e.pixels.size());
    for (size_t i = 0; i < area; ++i)
      for (size_t c = 0; c < 3; ++c) rgb[3 * i + c] = e.pixels[c * area + i];
    const bool right = e.label == e.predicted;
    add("<figure class=\"card {}\"><img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}\">"
        "<figcaption><b>{}</b><span class=\"mark\">{} {}</span> {:.0f}\u202f%</figcaption>"
        "</figure>\n",
        right ? "right" : "wrong", png_data_uri(png_of(rgb, e.height, e.width)), e.width, e.height,
        escape_html(e.label), escape_html(e.label), right ? "\u2713" : "\u2717",
        escape_html(e.predicted), 100 * e.probability);
  }

  const Report& report_;
  std::string score_;                                     // what the scores are called
  const EpochMetrics *best_ = nullptr, *last_ = nullptr;  // of the tested epochs
  std::string body_;
};

}  // namespace

std::string report_html(const Report& report) {
  return Page(report).html();
}

}  // namespace lienet
