#include "tools/lienet/randomize_run.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/normalise.h"
#include "analysis/randomize.h"
#include "analysis/similarity.h"
#include "engine/check.h"
#include "engine/file.h"
#include "tools/lienet/in_parallel.h"
#include "tools/training/json_line.h"

namespace lienet::commands {

RandomizeRun::RandomizeRun(Context& ctx, ResNet& model, const ModelDescription& description,
                           const ImageInputs& pictures, const RandomizeRunOptions& options)
    : ctx_(ctx),
      model_(model),
      description_(description),
      pictures_(pictures),
      options_(options),
      trained_(options.saliency.methods.size()) {}

void RandomizeRun::all(const std::function<void(const Stage&)>& each) {
  constexpr size_t rows = 8;
  const std::vector<RandomizedStage> all = randomization_stages(model_);
  add_stage("trained", true, each);
  for (size_t i = 0; i < all.size(); ++i) {
    randomize(ctx_, all[i], options_.seed, static_cast<uint32_t>(i));
    // Of many stages some are shown, evenly chosen, the first and the last among them.
    const size_t before = i * (rows - 1) / all.size(), now = (i + 1) * (rows - 1) / all.size();
    add_stage(all[i].name, i == 0 || (now > before && i > 1), each);
  }
}

void RandomizeRun::add_stage(const std::string& name, bool shown,
                             const std::function<void(const Stage&)>& each) {
  const ImageSet& set = *pictures_.set;
  const auto methods = trained_.size();
  const bool first = stages_.empty();
  Stage stage{name, std::vector<Similarity>(methods)};
  for (int64_t begin = 0; begin < pictures_.count; begin += options_.batch) {
    const int64_t count = std::min(options_.batch, pictures_.count - begin);
    const Tensor x = normalise(ctx_, pixels_of(ctx_, set, begin, count), description_.stats);
    std::vector<int64_t> classes;  // none: those that are predicted
    if (!first) classes.assign(classes_.begin() + begin, classes_.begin() + begin + count);
    const Saliency found = saliency(ctx_, model_, x, classes, options_.saliency);
    if (first) classes_.insert(classes_.end(), found.classes.begin(), found.classes.end());
    std::vector<Tensor> rankings;
    for (const SaliencyMap& map : found.maps) {
      const Tensor& r = rankings.emplace_back(ranking(ctx_, map, set.height, set.width));
      std::vector<float>& kept = trained_[rankings.size() - 1];
      if (first) kept.insert(kept.end(), r.data<float>(), r.data<float>() + r.size());
    }
    in_parallel(std::ssize(rankings), [&](int64_t m) {
      const auto method = static_cast<size_t>(m);
      try {
        compare(rankings[method], method, begin, stage.methods[method]);
      } catch (const Error& e) {
        fail("{}, {}: {}", name, name_of(options_.saliency.methods[method]), e.what());
      }
    });
    if (shown && begin == 0) show(name, rankings);
  }
  each(stage);
  stages_.push_back(std::move(stage));
}

// Adds the shares in the means of images begin and following.
void RandomizeRun::compare(const Tensor& ranking, size_t method, int64_t begin,
                           Similarity& sum) const {
  const int64_t height = ranking.dim(2), width = ranking.dim(3), n = height * width;
  const auto images = static_cast<double>(pictures_.count);
  for (int64_t i = 0; i < ranking.dim(0); ++i) {
    const float* before = trained_[method].data() + (begin + i) * n;
    const float* now = ranking.data<float>() + i * n;
    const std::vector<double> a(before, before + n), b(now, now + n);
    sum.spearman += spearman(a, b) / images;
    sum.magnitudes += spearman_of_magnitudes(a, b) / images;
    sum.ssim += ssim(a, b, height, width) / images;
  }
}

void RandomizeRun::show(const std::string& name, const std::vector<Tensor>& rankings) {
  SaliencyPicture& row = rows_.emplace_back();
  row.caption = name == "trained" ? name : "down to " + name;
  row.image = pictures_.set->view(0);
  for (size_t m = 0; m < rankings.size(); ++m) {
    const SaliencyMethod method = options_.saliency.methods[m];
    const float* map = rankings[m].data<float>();
    row.panels.push_back({.title = title_of(method),
                          .map = {map, map + row.image.plane()},
                          .box = {},
                          .note = {},
                          .fine = is_fine(method)});
  }
}

std::string RandomizeRun::json_of(const Stage& stage) const {
  nlohmann::ordered_json line{{"stage", stage.name}};
  for (size_t m = 0; m < stage.methods.size(); ++m) {
    const Similarity& s = stage.methods[m];
    line["methods"][name_of(options_.saliency.methods[m])] = {
        {"spearman", s.spearman}, {"spearman_abs", s.magnitudes}, {"ssim", s.ssim}};
  }
  return json_line(line);
}

std::string RandomizeRun::text_of(const Stage& stage) const {
  std::string text = fmt::format("{:<24}", stage.name);
  for (size_t m = 0; m < stage.methods.size(); ++m)
    text += fmt::format("  {} {:5.2f}", name_of(options_.saliency.methods[m]),
                        stage.methods[m].spearman);
  return text;
}

Plot RandomizeRun::plot(const char* title, double Similarity::*field) const {
  Plot plot{.title = title, .x_label = "layers drawn anew, from the logits on"};
  for (size_t m = 0; m < trained_.size(); ++m) {
    PlotSeries series{title_of(options_.saliency.methods[m]), {}};
    for (size_t i = 0; i < stages_.size(); ++i)
      series.points.push_back({static_cast<double>(i), stages_[i].methods[m].*field});
    plot.series.push_back(std::move(series));
  }
  return plot;
}

Table RandomizeRun::table() const {
  Table table{{"layer drawn anew last", "method", "Spearman", "of magnitudes", "SSIM"}};
  for (const Stage& stage : stages_)
    for (size_t m = 0; m < stage.methods.size(); ++m) {
      const Similarity& s = stage.methods[m];
      table.rows.push_back({stage.name, title_of(options_.saliency.methods[m]),
                            fmt::format("{:.3f}", s.spearman), fmt::format("{:.3f}", s.magnitudes),
                            fmt::format("{:.3f}", s.ssim)});
    }
  return table;
}

void RandomizeRun::write(const std::filesystem::path& out) const {
  std::string lines;
  for (const Stage& stage : stages_) lines += json_of(stage) + "\n";
  const std::string png = draw_grid(rows_).png();
  write_atomically(out / "stages.jsonl", lines);
  write_atomically(out / "stages.png", png);
  write_atomically(
      out / "index.html",
      curves_html({.title = fmt::format("Maps of {} as it forgets", description_.model),
                   .note = "The network's layers are drawn anew one after the other, from the "
                           "logits to the stem. A method whose maps stay like those of the "
                           "trained network shows the image, not what was learned.",
                   .plots = {plot("Spearman", &Similarity::spearman),
                             plot("Spearman of magnitudes", &Similarity::magnitudes),
                             plot("SSIM", &Similarity::ssim)},
                   .table = table(),
                   .pictures = {{"The first image", png}}}));
}

}  // namespace lienet::commands
