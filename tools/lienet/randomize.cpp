// lienet randomize: do maps depend on what the network has learned?
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>

#include "analysis/normalise.h"
#include "analysis/randomize.h"
#include "analysis/similarity.h"
#include "engine/check.h"
#include "engine/file.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/in_parallel.h"
#include "tools/lienet/options.h"
#include "tools/lienet/pictures.h"
#include "tools/lienet/saliency_options.h"
#include "tools/pictures/html.h"
#include "tools/pictures/png.h"
#include "tools/pictures/saliency_picture.h"
#include "tools/pictures/svg_plot.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainedOptions trained;
  PicturesOptions pictures;
  SaliencyWords words;
  std::string out = "randomize", device = "auto";
  uint64_t seed = 1;
  int threads = 0;
  bool json = false;
};

struct Similarity {
  double spearman = 0, magnitudes = 0, ssim = 0;  // means over the images
};

struct Stage {
  std::string name;  // "trained", then the layer drawn anew last
  std::vector<Similarity> methods;
};

// [image][pixel] of each method.
using Maps = std::vector<std::vector<std::vector<double>>>;

class Cascade {
 public:
  Cascade(Context& ctx, ResNet& model, const ModelDescription& description,
          const Pictures& pictures, const SaliencyOptions& options, uint64_t seed)
      : ctx_(ctx), model_(model), pictures_(pictures), options_(options), seed_(seed) {
    const ImageSet& set = *pictures.set;
    x_ = normalise(ctx, pixels_of(ctx, set, 0, pictures.count), description.stats);
    trained_ = maps();
  }

  // Goes on to the next stage; `each` gets its similarities.
  template <class F>
  void run(F each) {
    constexpr size_t rows = 8;
    const std::vector<RandomizedStage> all = randomization_stages(model_);
    note("trained", trained_, each, true);
    for (size_t i = 0; i < all.size(); ++i) {
      randomize(ctx_, all[i], seed_, static_cast<uint32_t>(i));
      // Of many stages some are shown, evenly chosen, the first and the last among them.
      const size_t before = i * (rows - 1) / all.size(), now = (i + 1) * (rows - 1) / all.size();
      note(all[i].name, maps(), each, i == 0 || (now > before && i > 1));
    }
  }

  const std::vector<Stage>& stages() const { return stages_; }
  Canvas picture() const { return draw_grid(rows_); }

 private:
  // For the classes that the trained network predicts.
  Maps maps() {
    const Saliency result = saliency(ctx_, model_, x_, classes_, options_);
    classes_ = result.classes;
    const int64_t height = x_.dim(2), width = x_.dim(3), n = height * width;
    Maps all;
    for (const SaliencyMap& map : result.maps) {
      const Tensor values = ranking(ctx_, map, height, width);
      auto& images = all.emplace_back();
      for (int64_t i = 0; i < x_.dim(0); ++i)
        images.emplace_back(values.data<float>() + i * n, values.data<float>() + (i + 1) * n);
    }
    return all;
  }

  template <class F>
  void note(const std::string& name, const Maps& now, F each, bool shown) {
    Stage stage{name, std::vector<Similarity>(now.size())};
    const int64_t height = x_.dim(2), width = x_.dim(3), images = x_.dim(0);
    in_parallel(std::ssize(now), [&](int64_t m) {
      const auto method = static_cast<size_t>(m);
      Similarity& s = stage.methods[method];
      try {
        for (size_t i = 0; i < static_cast<size_t>(images); ++i) {
          const std::vector<double>&a = trained_[method][i], &b = now[method][i];
          s.spearman += spearman(a, b) / static_cast<double>(images);
          s.magnitudes += spearman_of_magnitudes(a, b) / static_cast<double>(images);
          s.ssim += ssim(a, b, height, width) / static_cast<double>(images);
        }
      } catch (const Error& e) {
        fail("{}, {}: {}", name, name_of(options_.methods[method]), e.what());
      }
    });
    if (shown) show(name, now);
    each(stage);
    stages_.push_back(std::move(stage));
  }

  // The first image's maps as a row of the picture.
  void show(const std::string& name, const Maps& now) {
    SaliencyPicture& row = rows_.emplace_back();
    row.caption = name == "trained" ? name : "down to " + name;
    row.image = pictures_.set->view(0);
    for (size_t m = 0; m < now.size(); ++m) {
      SaliencyPanel& panel = row.panels.emplace_back();
      panel.title = title_of(options_.methods[m]);
      panel.map = now[m][0];
      panel.fine = options_.methods[m] == SaliencyMethod::guided_backprop ||
                   options_.methods[m] == SaliencyMethod::input_grad;
    }
  }

  Context& ctx_;
  ResNet& model_;
  const Pictures& pictures_;
  SaliencyOptions options_;
  uint64_t seed_;
  Tensor x_;
  std::vector<int64_t> classes_;  // empty before the first maps
  Maps trained_;
  std::vector<Stage> stages_;
  std::vector<SaliencyPicture> rows_;
};

std::string json_line(const Stage& stage, const SaliencyOptions& options) {
  nlohmann::ordered_json line{{"stage", stage.name}};
  for (size_t m = 0; m < stage.methods.size(); ++m) {
    const Similarity& s = stage.methods[m];
    line["methods"][name_of(options.methods[m])] = {
        {"spearman", s.spearman}, {"spearman_abs", s.magnitudes}, {"ssim", s.ssim}};
  }
  return line.dump();
}

std::string plot_of(const std::vector<Stage>& stages, const SaliencyOptions& options,
                    const char* title, double Similarity::*field) {
  Plot plot{.title = title, .x_label = "layers drawn anew, from the logits on"};
  for (size_t m = 0; m < options.methods.size(); ++m) {
    PlotSeries series{title_of(options.methods[m]), {}};
    for (size_t i = 0; i < stages.size(); ++i)
      series.points.push_back({static_cast<double>(i), stages[i].methods[m].*field});
    plot.series.push_back(std::move(series));
  }
  return svg_plot(plot);
}

std::string page_of(const Cascade& cascade, const SaliencyOptions& options,
                    const std::string& title) {
  std::string body = fmt::format(
      "<h1>{}</h1>\n<p class=\"note\">The network's layers are drawn anew one after the other, "
      "from "
      "the logits to the stem. A method whose maps stay like those of the trained network shows "
      "the image, not what was learned.</p>\n<div class=\"plots\">\n",
      escape_html(title));
  for (const auto& [name, field] : {std::pair("Spearman", &Similarity::spearman),
                                    {"Spearman of magnitudes", &Similarity::magnitudes},
                                    {"SSIM", &Similarity::ssim}})
    body += fmt::format("<div class=\"card\">{}</div>\n",
                        plot_of(cascade.stages(), options, name, field));
  body += fmt::format(
      "</div>\n<h2>The first image</h2>\n<img style=\"max-width:100%\" alt=\"maps by layer\" "
      "src=\"{}\">\n<footer>Written by lienet.</footer>\n",
      png_data_uri(cascade.picture().png()));
  return html_page(title, body);
}

int run(const CLI::App& command, const Options& o) {
  const SaliencyOptions options = saliency_options(o.words);
  Context ctx({.device = device_named(o.device), .threads = o.threads});
  const Network network = open_network(ctx, o.trained);
  const Pictures pictures = find_pictures(command, o.pictures, o.trained, network.description);
  make_folder(o.out);
  Cascade cascade(ctx, *network.model, network.description, pictures, options, o.seed);
  std::string lines;
  cascade.run([&](const Stage& stage) {
    const std::string line = json_line(stage, options);
    lines += line + "\n";
    if (o.json) {
      fmt::print("{}\n", line);
      return;
    }
    std::string text = fmt::format("{:<24}", stage.name);
    for (size_t m = 0; m < stage.methods.size(); ++m)
      text += fmt::format("  {} {:5.2f}", name_of(options.methods[m]), stage.methods[m].spearman);
    fmt::print("{}\n", text);
  });
  const std::filesystem::path out = o.out;
  write_atomically(out / "stages.jsonl", lines);
  write_atomically(out / "stages.png", cascade.picture().png());
  write_atomically(out / "index.html",
                   page_of(cascade, options,
                           fmt::format("Maps of {} as it forgets", network.description.model)));
  if (!o.json)
    fmt::print("Spearman's correlation with the trained network's maps of {} images: {}\n",
               pictures.count, (out / "index.html").string());
  return done;
}

}  // namespace

Run add_randomize(CLI::App& app) {
  auto o = std::make_shared<Options>();
  o->pictures.count = 32;
  CLI::App* command = add_command(
      app, "randomize", "Draw a network's layers anew, one by one, and see what its maps do");
  add_pictures_options(command, o->pictures);
  add_trained_options(command, o->trained);
  add_saliency_options(command, o->words);
  add_option(command, "--seed", o->seed, "Of what is drawn");
  add_option(command, "--out", o->out, "Folder for stages.jsonl, stages.png, index.html");
  add_device_option(command, o->device);
  add_option(command, "--threads", o->threads, "Threads that compute; 0: all cores");
  add_flag(command, "--json", o->json, "A line of JSON for each stage, as in stages.jsonl");
  add_config_option(command);
  set_footer(command, "Example: lienet randomize --weights runs/masked --images 16");
  return [o, command] { return run(*command, *o); };
}

}  // namespace lienet::commands
