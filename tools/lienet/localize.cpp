// lienet localize: how well saliency maps find the objects of a data set.
#include <fmt/format.h>

#include <algorithm>

#include "tools/lienet/commands.h"
#include "tools/lienet/localize_run.h"
#include "tools/lienet/options.h"
#include "tools/lienet/saliency_options.h"
#include "tools/lienet/trained.h"
#include "tools/training/config.h"
#include "tools/training/json_line.h"

namespace lienet::commands {
namespace {

struct Options {
  TrainedOptions trained;
  SaliencyWords words;
  std::string dataset, out = "localization", device = "auto";
  DataOptions data{.path = {}, .pictures = {.side = 224, .shorter = 0}, .boxes = true};
  int64_t limit = 0, batch = 0;
  int threads = 0;
  uint64_t seed = 0;
  bool json = false;
};

// Many small images at a time, few large ones: what a pass keeps grows with their pixels.
int64_t batch_for(const ImageSet& set) {
  constexpr int64_t pixels = int64_t{1} << 19;
  return std::clamp<int64_t>(pixels / (set.height * set.width), 1, 64);
}

int localize(const CLI::App& command, Options o) {
  const SaliencyOptions options = saliency_options(o.words);
  take_folder(o.dataset, o.data.path);
  const std::optional<TrainConfig> run = run_of(o.trained);
  if (run) {
    take_from_run(command, *run, o.dataset, o.data);
    if (!given(command, "--image-size")) o.data.pictures.side = run->image_size;
  }
  Context ctx({.device = device_named(o.device), .threads = o.threads});
  Network network = open_network(ctx, o.trained);
  if (o.dataset.empty()) o.dataset = network.description.dataset;
  if (o.dataset.empty()) throw UsageError("DATASET: name one; these weights name none");
  DataSet data = open_data_of(o.dataset, o.data);
  keep_part(data.test, data.test_objects, o.limit);
  network.take_stats(data.stats);
  LocalizeRun localization(ctx, *network.model, network.description, data,
                           {.saliency = options,
                            .out = o.out,
                            .batch = o.batch > 0 ? o.batch : batch_for(*data.test),
                            .bootstrap = {.seed = o.seed}});
  localization.all();
  localization.finish();
  if (o.json)
    fmt::print("{}\n", json_line(localization.json()));
  else
    for (const std::string& line : localization.summary()) fmt::print("{}\n", line);
  return done;
}

}  // namespace

Run add_localize(CLI::App& app) {
  auto o = std::make_shared<Options>();
  CLI::App* command =
      add_command(app, "localize", "Measure how well saliency maps find the objects");
  add_option(command, "DATASET", o->dataset,
             "shapes100, voc2007, or a folder of images with Annotations beside train and val; "
             "default: what it was trained on");
  add_trained_options(command, o->trained);
  add_saliency_options(command, o->words);
  add_option(command, "--limit", o->limit, "Only N test images; 0: all").non_negative();
  add_option(command, "--data", o->data.path, "Folder of the data set");
  add_option(command, "--train", o->data.train, "As in training (shapes100)");
  add_option(command, "--test", o->data.test, "As in training (shapes100)");
  add_option(command, "--background", o->data.background, "As in training (shapes100)");
  add_option(command, "--image-size", o->data.pictures.side,
             "Files: pixels a side of the square that the network is given");
  add_option(command, "--resize", o->data.pictures.shorter,
             "Files: pixels of the shorter side before the square is cut out, which may cut off "
             "objects; 0: the whole image squeezed into it");
  add_option(command, "--seed", o->seed, "Of the intervals' draws");
  add_option(command, "--out", o->out, "Folder for localization.csv, cases.csv, index.html");
  add_option(command, "--batch", o->batch, "Cases at a time; 0: by the images' size")
      .non_negative();
  add_compute_options(command, o->device, o->threads);
  add_flag(command, "--json", o->json, "One line of JSON with all figures");
  add_config_option(command);
  set_examples(command,
               {"lienet localize --weights runs/masked --out found",
                "lienet localize voc2007 --data VOCdevkit --weights runs/voc --method li_map,cam"});
  return [o, command] { return localize(*command, *o); };
}

}  // namespace lienet::commands
