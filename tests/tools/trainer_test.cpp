#include "tools/training/trainer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "analysis/prune.h"
#include "datasets/loader.h"
#include "engine/sha256.h"
#include "models/weights.h"
#include "op_case.h"
#include "temporary_directory.h"
#include "tools/training/checkpoint.h"
#include "tools/training/evaluate.h"

using namespace lienet;
namespace fs = std::filesystem;
using test::Contains;
using test::get;
using test::message_of;
using test::put;
using test::TemporaryDirectory;

namespace {

DataSet small_data(uint64_t seed = 0) {
  Shapes100 drawn = make_shapes100({.seed = seed, .train = 70, .test = 30, .threads = 1});
  DataSet data;
  data.train = std::make_shared<const ImageSet>(std::move(drawn.train));
  data.test = std::make_shared<const ImageSet>(std::move(drawn.test));
  data.stats = measure_stats(*data.train);
  data.hash = sha256(std::string(data.train->pixels.begin(), data.train->pixels.end()));
  return data;
}

// Everything at once that has a state or draws random numbers. 3 steps an epoch.
TrainConfig small_config() {
  TrainConfig c;
  c.dataset = "shapes100";
  c.model = "resnet20";
  c.width = 8;
  c.inhibit = "paper,sets=8,mode=random";
  c.lr = 0.02;
  c.epochs = 3;
  c.batch = 32;
  c.cutout = 8;
  c.mixup = 0.2;
  c.ema = 0.9;
  c.clip = 5;
  c.threads = 2;
  c.seed = 5;
  return c;
}

// Stops after so many steps.
std::function<bool()> after(int steps) {
  return [steps, count = std::make_shared<int>(0)] { return ++*count >= steps; };
}

TrainOutcome train_in(const fs::path& dir, const TrainConfig& config, const DataSet& data,
                      const TrainHooks& hooks = {}) {
  RunDirectory run = RunDirectory::create(dir, config);
  return train(run, data, hooks);
}

TrainOutcome resume_in(const fs::path& dir, const DataSet& data, const TrainHooks& hooks = {}) {
  RunDirectory run = RunDirectory::open(dir);
  return train(run, data, hooks);
}

// What a run has measured, without its clocks.
std::string measured(const fs::path& dir) {
  std::string text;
  for (EpochRecord& e : parse_json_lines(get(dir / "metrics.jsonl"), "metrics.jsonl")) {
    e.metrics.seconds = e.metrics.images_per_second = e.metrics.peak_mib = 0;
    text += json_line(e) + "\n";
  }
  return text;
}

void check_same_run(const fs::path& a, const fs::path& b) {
  CHECK(sha256_of_file(a / "last.safetensors") == sha256_of_file(b / "last.safetensors"));
  CHECK(sha256_of_file(a / "best.safetensors") == sha256_of_file(b / "best.safetensors"));
  CHECK(measured(a) == measured(b));
}

}  // namespace

TEST_CASE("a run is repeatable, whatever the number of workers, and leaves its files") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  const TrainOutcome outcome = train_in(dir / "a", config, data);
  CHECK(outcome.finished);
  CHECK(outcome.epochs == 3);
  config.workers = 3;
  train_in(dir / "b", config, data);
  check_same_run(dir / "a", dir / "b");
  for (const char* file : {"config.json", "metrics.csv", "previous.safetensors", "report.html"})
    CHECK(fs::exists(dir.path() / "a" / file));
  CHECK(get(dir / "a" / "report.html") == Contains("layer1.0"));
  const auto epochs = parse_json_lines(get(dir / "a" / "metrics.jsonl"), "metrics.jsonl");
  REQUIRE(epochs.size() == 3);
  CHECK(epochs[2].layers.size() == 7);
  CHECK(epochs[2].layers[0].layer == "layer1.0");
  CHECK(epochs[2].layers[0].inhibited == doctest::Approx(0.5).epsilon(0.01));
  config.seed = 6;
  train_in(dir / "c", config, data);
  CHECK(measured(dir / "a") != measured(dir / "c"));
}

TEST_CASE("bf16 trains as fp32 does, and again to the same bits") {
  if (!test::can_do_bf16()) return;
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  config.inhibit = "paper,sets=8";
  config.width = 16;
  config.mixup = 0;
  config.threads = 1;
  train_in(dir / "fp32", config, data);
  config.precision = "bf16";
  train_in(dir / "bf16", config, data);
  train_in(dir / "again", config, data);
  check_same_run(dir / "bf16", dir / "again");
  CHECK(measured(dir / "bf16") != measured(dir / "fp32"));
  const auto losses = [&](const char* run) {
    std::vector<double> all;
    for (const EpochRecord& e : parse_json_lines(get(dir / run / "metrics.jsonl"), run))
      all.push_back(e.metrics.train_loss);
    return all;
  };
  const std::vector<double> narrow = losses("bf16"), wide = losses("fp32");
  CHECK(narrow.back() < narrow.front() - 0.1);
  for (size_t i = 0; i < wide.size(); ++i)
    CHECK(narrow[i] == doctest::Approx(wide[i]).epsilon(0.02));
}

TEST_CASE("a run that was stopped anywhere and resumed is the run that was not") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  train_in(dir / "whole", small_config(), data);
  for (const int steps : {1, 2, 3, 4, 5}) {
    CAPTURE(steps);
    const fs::path parts = dir / std::to_string(steps);
    CHECK(!train_in(parts, small_config(), data, {.stop = after(steps)}).finished);
    CHECK(!resume_in(parts, data, {.stop = after(1)}).finished);
    CHECK(resume_in(parts, data).finished);
    check_same_run(dir / "whole", parts);
  }
}

TEST_CASE("GSNR and kept weights change no bit of a run, and are resumed as the run is") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  config.epochs = 4;
  train_in(dir / "plain", config, data);
  config.gsnr = true;
  config.keep = 2;
  train_in(dir / "whole", config, data);
  CHECK(get(dir / "plain" / "best.safetensors") == get(dir / "whole" / "best.safetensors"));
  const auto kept = [&](const std::string& run) { return kept_weights(dir / run).epochs(); };
  CHECK(kept("plain").empty());
  CHECK(kept("whole") == std::vector<int64_t>{2, 4});
  CHECK(fs::exists(dir / "whole" / "epochs" / "epoch-0004.safetensors"));
  const auto epochs = parse_json_lines(get(dir / "whole" / "metrics.jsonl"), "metrics.jsonl");
  for (const EpochRecord& e : epochs) {
    REQUIRE(e.convolutions.size() == 21);
    CHECK(e.convolutions[0].layer == "conv1");
    double sum = 0;
    for (const ConvolutionTelemetry& c : e.convolutions) {
      CHECK(c.gsnr > 0);
      sum += c.gsnr;
    }
    CHECK(e.metrics.gsnr == doctest::Approx(sum / 21));
  }
  CHECK(get(dir / "whole" / "report.html") == Contains("GSNR by layer"));
  for (const int steps : {1, 2, 5}) {
    CAPTURE(steps);
    const std::string parts = std::to_string(steps);
    CHECK(!train_in(dir / parts, config, data, {.stop = after(steps)}).finished);
    CHECK(!resume_in(dir / parts, data, {.stop = after(1)}).finished);
    CHECK(resume_in(dir / parts, data).finished);
    check_same_run(dir / "whole", dir / parts);
    CHECK(kept(parts) == kept("whole"));
    for (const int64_t epoch : kept(parts))
      CHECK(get(kept_weights(dir / parts).path(epoch)) ==
            get(kept_weights(dir / "whole").path(epoch)));
  }
}

TEST_CASE("what happened after the last checkpoint happens again") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  train_in(dir / "whole", config, data);
  // As after a crash between metrics and checkpoint: the epoch of the last line is trained again.
  const std::string lines = get(dir / "whole" / "metrics.jsonl");
  train_in(dir / "cut", config, data, {.stop = after(5)});
  put(dir / "cut" / "metrics.jsonl", lines.substr(0, lines.find('\n', lines.find('\n') + 1) + 1));
  resume_in(dir / "cut", data);
  check_same_run(dir / "whole", dir / "cut");
}

TEST_CASE(
    "a rate that changes, and maps inhibited going forward: resumed and evaluated as trained") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  config.inhibit = "paper,sets=8;layer2:rate=0.25";
  config.inhibit_warmup = 1;
  config.inhibit_final_rate = 0.75;
  config.inhibit_forward = "log,sets=8,rate=0.25";
  config.ema = 0;
  train_in(dir / "whole", config, data);
  const auto epochs = parse_json_lines(get(dir / "whole" / "metrics.jsonl"), "metrics.jsonl");
  REQUIRE(epochs.size() == 3);
  const auto inhibited = [&](size_t epoch, size_t layer) {
    return epochs[epoch].layers[layer].inhibited;
  };
  CHECK(inhibited(0, 0) == doctest::Approx(0.25).epsilon(0.05));
  CHECK(inhibited(1, 0) == doctest::Approx(0.5).epsilon(0.05));
  CHECK(inhibited(2, 0) == doctest::Approx(0.75).epsilon(0.05));
  CHECK(inhibited(0, 3) == doctest::Approx(0.125).epsilon(0.05));
  CHECK_FALSE(train_in(dir / "parts", config, data, {.stop = after(4)}).finished);
  resume_in(dir / "parts", data);
  check_same_run(dir / "whole", dir / "parts");

  // Its weights say what the network does.
  const SafetensorsFile file = SafetensorsFile::open(dir / "whole" / "last.safetensors");
  const ModelDescription description = ModelDescription::of(file);
  REQUIRE(description.options().forward_inhibition);
  CHECK(*description.options().forward_inhibition == Inhibition::parse("log,sets=8,rate=0.25"));
  Context ctx({.threads = 2});
  ResNet model(ctx, description.options());
  load_weights(ctx, model, file);
  Loader loader(data.test, {.batch = 32, .stats = data.stats});
  CHECK(evaluate(ctx, model, loader).loss == epochs[2].metrics.test_loss);
}

TEST_CASE("watching changes no bit of a run, and is resumed as the run is") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  train_in(dir / "unwatched", config, data);
  CHECK(!fs::exists(dir / "unwatched" / "watch"));
  config.watch = 2;
  train_in(dir / "whole", config, data);
  check_same_run(dir / "unwatched", dir / "whole");
  CHECK(get(dir / "whole" / "report.html") == Contains("Inside training"));
  const auto watched = [&](const std::string& run) {
    std::map<std::string, std::string> files{{"watch.png", get(dir / run / "watch.png")}};
    for (const auto& file : fs::directory_iterator(dir / run / "watch"))
      files[file.path().filename()] = get(file.path());
    return files;
  };
  const auto files = watched("whole");
  CHECK(files.size() == 1 + 2 * 3);
  CHECK(files.at("epoch-001.png") != files.at("epoch-002.png"));
  CHECK(files.at("epoch-002.safetensors") != files.at("epoch-003.safetensors"));
  train_in(dir / "parts", config, data, {.stop = after(4)});
  // As after a crash between watching and the checkpoint.
  const WatchFiles ahead = RunDirectory::open(dir / "parts").watched();
  ahead.add(2, files.at("epoch-003.png"), {}, {});
  CHECK(!resume_in(dir / "parts", data, {.stop = after(1)}).finished);
  CHECK(ahead.epochs() == std::vector<int64_t>{1});
  CHECK(resume_in(dir / "parts", data).finished);
  CHECK(watched("parts") == files);
}

TEST_CASE("an enhanced run is resumed to the same bits; without blur it is the plain run") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  config.mixup = 0;
  train_in(dir / "plain", config, data);
  config.enhance = "share=0.4,sigma=0";
  train_in(dir / "control", config, data);
  check_same_run(dir / "plain", dir / "control");
  config.enhance = "share=0.4";
  train_in(dir / "whole", config, data);
  CHECK(measured(dir / "whole") != measured(dir / "plain"));
  CHECK(!train_in(dir / "parts", config, data, {.stop = after(4)}).finished);
  CHECK(!resume_in(dir / "parts", data, {.stop = after(1)}).finished);
  CHECK(resume_in(dir / "parts", data).finished);
  check_same_run(dir / "whole", dir / "parts");
}

TEST_CASE("images of several classes are not enhanced") {
  const TemporaryDirectory dir;
  DataSet data = small_data();
  auto train = std::make_shared<ImageSet>(*data.train);
  train->tags.assign(static_cast<size_t>(train->size() * train->classes), 1);
  data.train = train;
  TrainConfig config = small_config();
  config.mixup = 0;
  config.enhance = "rate=0.5";
  CHECK(message_of([&] { train_in(dir / "run", config, data); }) ==
        "--enhance rate=0.5: LI-Map is of one label, and these images show several classes");
  CHECK(!fs::exists(dir / "run" / "config.json"));
}

TEST_CASE("more images to watch than there are leave no run behind") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  config.watch = 31;
  CHECK(message_of([&] { train_in(dir / "run", config, data); }) ==
        "--watch 31: expected at most 30, the images of " + data.test->name);
  CHECK(!fs::exists(dir / "run" / "config.json"));
}

TEST_CASE("a damaged last checkpoint: the one before serves") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  train_in(dir / "whole", small_config(), data);
  train_in(dir / "cut", small_config(), data, {.stop = after(5)});
  const std::string bytes = get(dir / "cut" / "last.safetensors");
  put(dir / "cut" / "last.safetensors", bytes.substr(0, bytes.size() / 2));
  std::string said;
  const std::string good = get(dir / "cut" / "previous.safetensors");
  CHECK(!resume_in(dir / "cut", data,
                   {.stop = after(1), .say = [&](const std::string& note) { said = note; }})
             .finished);
  CHECK(get(dir / "cut" / "previous.safetensors") == good);  // still, beside the new last
  resume_in(dir / "cut", data);
  CHECK(said == Contains("going on from " + (dir / "cut" / "previous.safetensors").string()));
  check_same_run(dir / "whole", dir / "cut");
  // With both of them damaged there is nothing to go on from.
  put(dir / "cut" / "last.safetensors", "x");
  put(dir / "cut" / "previous.safetensors", "x");
  CHECK(message_of([&] { resume_in(dir / "cut", data); }) ==
        Contains("previous.safetensors: has 1 bytes"));
}

TEST_CASE("a run goes on only with the data, the threads and the device it had") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  train_in(dir / "run", small_config(), data, {.stop = after(4)});
  CHECK(message_of([&] { resume_in(dir / "run", small_data(1)); }) ==
        Contains("the data are not those that it was trained on (sha256 "));
  {
    RunDirectory run = RunDirectory::open(dir / "run");
    TrainConfig config = run.config();
    config.threads = 1;
    run.set_config(config);
    CHECK(message_of([&] { train(run, data); }) ==
          Contains("was trained with --threads 2; with 1 sums are rounded in another order"));
  }
  {
    RunDirectory run = RunDirectory::open(dir / "run");
    TrainConfig config = run.config();
    config.device = "ref";
    run.set_config(config);
    CHECK(message_of([&] { train(run, data); }) ==
          Contains("was trained on device cpu, and here is ref, whose sums are rounded"));
  }
  CHECK(resume_in(dir / "run", data).finished);
}

TEST_CASE("a run on the GPU goes on with any number of threads") {
  const TemporaryDirectory dir;
  Context ctx;
  const std::vector<NamedTensor> tensors{{"x", ctx.zeros({2})}};
  save_checkpoint(ctx, dir / "run", tensors, {}, {.epoch = 3}, {"data", 2, "cuda"});
  const SafetensorsFile file = SafetensorsFile::open(dir / "run");
  CHECK(load_checkpoint(ctx, file, tensors, {"data", 7, "cuda"}).epoch == 3);
  CHECK(message_of([&] {
          load_checkpoint(ctx, file, tensors, {"data", 2, "cpu"});
        }) == Contains("was trained on device cuda, and here is cpu"));
}

TEST_CASE("a loss that is not finite stops the run within a step; the checkpoint stays") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  train_in(dir / "run", small_config(), data, {.stop = after(4)});
  const std::string before = sha256_of_file(dir / "run" / "last.safetensors");
  RunDirectory run = RunDirectory::open(dir / "run");
  TrainConfig config = run.config();
  config.lr = 1e30;
  config.clip = 0;
  config.warmup = 0;
  run.set_config(config);
  const std::string said = message_of([&] { train(run, data); });
  CHECK(
      said ==
      Contains(
          "is not finite in epoch 2, step 3 of 3 (learning rate 2e+29); nothing was saved since " +
          (dir / "run" / "last.safetensors").string() + "; try a lower --lr"));
  CHECK(sha256_of_file(dir / "run" / "last.safetensors") == before);
}

TEST_CASE("a network that an epoch's last step breaks replaces neither last nor best") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  config.keep = 1;
  config.clip = config.ema = 0;
  train_in(dir / "run", config, data, {.stop = after(5)});
  const fs::path last = dir / "run" / "last.safetensors", best = dir / "run" / "best.safetensors";
  const std::string before = get(last), best_before = get(best);
  RunDirectory run = RunDirectory::open(dir / "run");
  config = run.config();
  config.lr = 1e300;
  config.warmup = 0;
  run.set_config(config);
  CHECK(message_of([&] { train(run, data); }) ==
        Contains("the test loss is not finite in epoch 2, step 3 of 3"));
  CHECK(get(last) == before);
  CHECK(get(best) == best_before);
  CHECK(run.epochs().size() == 1);
  CHECK(run.kept().epochs() == std::vector<int64_t>{1});
}

TEST_CASE("the report's predictions are those of the average, as its scores are") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  config.epochs = 1;  // so that best is the average at its end
  config.batch = 8;
  config.lr = 0.2;
  config.mixup = 0;
  train_in(dir / "run", config, data);
  const auto predictions_of = [&](const char* file) {
    Context ctx({.threads = 2});
    const SafetensorsFile weights = SafetensorsFile::open(dir / "run" / file);
    ResNet model(ctx, ModelDescription::of(weights).options());
    load_weights(ctx, model, weights);
    Loader loader(data.test, {.batch = 32, .workers = 0, .stats = data.stats});
    std::string names;
    for (const Prediction& p : predict_first(ctx, model, loader, 24))
      names += data.test->class_names[static_cast<size_t>(p.label)] + "</span> " +
               std::to_string(std::lround(100 * p.probability)) + "\u202f%";
    return names;
  };
  const std::string page = get(dir / "run" / "report.html");
  std::string shown;
  for (size_t at = page.find("class=\"mark\">"); at != std::string::npos;
       at = page.find("class=\"mark\">", at + 1)) {
    const size_t begin = page.find(' ', at + 12) + 1;
    shown += page.substr(begin, page.find('%', begin) + 1 - begin);
  }
  CHECK(shown == predictions_of("best.safetensors"));
  CHECK(shown != predictions_of("last.safetensors"));
}

TEST_CASE("a directory has one run, and one process in it") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  RunDirectory run = RunDirectory::create(dir / "run", small_config());
  CHECK(message_of([&] { RunDirectory::create(dir / "run", small_config()); }) ==
        Contains("another run"));
  train(run, data, {.stop = after(1)});
  const std::string path = (dir / "other").string();
  train_in(path, small_config(), data, {.stop = after(1)});
  CHECK(message_of([&] { RunDirectory::create(path, small_config()); }) ==
        path + ": has a run already; go on with it by --resume " + path +
            ", or choose another --out");
  CHECK(message_of([&] { RunDirectory::open(dir.path()); }) ==
        dir.path().string() + ": is no run's directory; it has no config.json");
}

TEST_CASE("a model that does not fit the options leaves no run behind") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  config.inhibit = "paper";
  CHECK(message_of([&] { train_in(dir / "run", config, data); }) ==
        "layer1.0: 8 channels cannot be split into 16 even sets; choose sets that divide them");
  config.inhibit = "paper,sets=8";
  config.inhibit_layers = "layer1.0,layer9.0";
  CHECK(message_of([&] { train_in(dir / "run", config, data); }) ==
        "layer layer9.0 is not in the model; did you mean layer1.0?");
  config.inhibit_layers = "layer1.0,layer2.1";
  CHECK(train_in(dir / "run", config, data).finished);
}

TEST_CASE("weights that begin as 0 stay 0, in the average, too, and in a run that is resumed") {
  const TemporaryDirectory dir;
  const DataSet data = small_data();
  TrainConfig config = small_config();
  Context ctx;
  ResNet model(ctx, config.model_options(100));
  const PruneMasks masks = prune_masks(ctx, model, 0.6, PruneScope::global);
  apply_masks(ctx, masks);
  save_weights(ctx, dir / "pruned", model, {});
  const int64_t zeros = count_weights(ctx, model).zeros;
  config.weights = dir / "pruned";
  config.keep_zeros = true;
  train_in(dir / "whole", config, data);
  CHECK(!train_in(dir / "parts", config, data, {.stop = after(4)}).finished);
  CHECK(resume_in(dir / "parts", data).finished);
  check_same_run(dir / "whole", dir / "parts");
  for (const char* file : {"last.safetensors", "best.safetensors"}) {  // best: the average
    CAPTURE(file);
    ResNet trained(ctx, config.model_options(100));
    load_weights(ctx, trained, SafetensorsFile::open(dir / "whole" / file));
    CHECK(count_weights(ctx, trained).zeros == zeros);
    const PruneMasks now = zero_masks(ctx, trained);
    REQUIRE(now.size() == masks.size());
    for (size_t i = 0; i < now.size(); ++i) CHECK(now[i].kept == masks[i].kept);
  }
  config.weights.clear();
  CHECK(message_of([&] { config.check(); }) ==
        "--keep-zeros: nothing begins as 0; name pruned weights by --weights");
}
