// lienet prune: what it finds and the files it leaves behind.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/file.h"
#include "models/weights.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/prune_run.h"
#include "two_networks.h"

using namespace lienet;
using namespace lienet::commands;
using test::Contains;
using test::get;

namespace {

std::vector<nlohmann::json> pruned(PruneRun& run) {
  std::vector<nlohmann::json> lines;
  CHECK(run.all([&](const std::string& line) { lines.push_back(nlohmann::json::parse(line)); }));
  return lines;
}

}  // namespace

TEST_CASE("prune: accuracy by sparsity, and the weights it is of") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(12);
  const PruneRunOptions options{
      .scope = PruneScope::global, .sparsities = {0, 0.5, 1}, .out = two.folder("out"), .batch = 5};
  PruneRun run(ctx, two.networks, two.pictures.set, options);
  const auto lines = pruned(run);
  REQUIRE(lines.size() == 6);
  const int64_t weights = lines[0].at("weights");
  for (const size_t of : {0, 3}) {
    CHECK(lines[of].at("network") == (of ? "b" : "a"));
    CHECK(lines[of].at("top1") == 100);  // its own opinions
    CHECK(lines[of].at("zeros") == 0);
    CHECK(lines[of + 1].at("zeros") == std::llround(0.5 * static_cast<double>(weights)));
    CHECK(lines[of + 2].at("zeros") == weights);
    CHECK(lines[of + 2].at("top1") < 100);
  }
  run.write();
  CHECK(get(options.out / "prune.csv") == Contains("a,0,0.00,100.00,"));
  CHECK(get(options.out / "prune.svg") == Contains("<svg"));
  CHECK(get(options.out / "index.html") == Contains("Networks pruned"));
  CHECK(get(options.out / "a-0.safetensors") == get(two.path("a")));
  const SafetensorsFile half = SafetensorsFile::open(options.out / "b-0.5.safetensors");
  ResNet model(ctx, ModelDescription::of(half).options());
  load_weights(ctx, model, half);
  CHECK(count_weights(ctx, model).zeros == lines[4].at("zeros"));
  PruneRun again(ctx, two.networks, two.pictures.set, options);
  CHECK(pruned(again) == lines);
}

TEST_CASE("prune: channels are taken out, and what is left is measured") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(4);
  PruneRun run(ctx, std::span(two.networks).first(1), two.pictures.set,
               {.scope = PruneScope::channels,
                .sparsities = {0.5},
                .save = false,
                .out = two.folder("out")});
  const auto lines = pruned(run);
  CHECK(lines[0].at("removed_channels") == 3 * (2 + 4 + 8));
  CHECK(lines[0].at("parameters_left") < two.networks[0].model->parameter_count());
  CHECK(lines[0].at("images_per_second_left") > 0);
  CHECK(!std::filesystem::exists(two.folder("out") / "a-0.5.safetensors"));
  CHECK(text_of(run.table()) == Contains("images/s left"));
}

TEST_CASE("prune: fine-tuned and pruned networks are tested on the same images") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(6, false);
  const auto folder = two.folder("run"), out = two.folder("out");
  std::filesystem::copy_file(two.path("a"), folder / "best.safetensors");
  TrainConfig config;
  config.dataset = "shapes100";
  config.data = two.folder("data");
  write_shapes100(make_shapes100({.train = 16, .test = 8, .threads = 1}), config.data);
  config.model = "resnet20";
  config.width = 4;
  config.batch = 8;
  config.epochs = 9;
  config.inhibit = "paper,sets=4";
  config.inhibit_warmup = 5;
  config.threads = 1;
  const auto save = [&] { write_atomically(folder / "config.json", to_json(config)); };
  save();
  const auto networks = open_networks(ctx, {.weights = {folder}, .common = {}});
  PruneRunOptions options{.sparsities = {0.5}, .finetune = 2, .out = out, .batch = 5};
  options.threads = 1;
  PruneRun run(ctx, networks, two.pictures.set, options);
  REQUIRE(pruned(run).size() == 1);
  // The images' labels become what the fine-tuned network says.
  two.networks = open_networks(
      ctx, {.weights = {out / "run-0.5" / "epochs" / "epoch-0002.safetensors"}, .common = {}});
  two.pictures.stats = two.networks[0].description.stats;
  two.label();
  PruneRun again(ctx, networks, two.pictures.set, options);
  const auto lines = pruned(again);
  CHECK(lines[0].at("finetuned_top1") == 100);
  CHECK(lines[0].at("top1") < 100);
  CHECK(lines[0].at("images") == 6);

  config.inhibit_layers = "layer1.0";
  config.inhibit = "off";
  save();
  CHECK(test::message_of([&] { PruneRun(ctx, networks, two.pictures.set, options); }) ==
        Contains("--inhibit-layers layer1.0: --inhibit is off"));
}

TEST_CASE("prune: without its run nobody knows how a network was trained") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(1);
  CHECK(test::message_of([&] {
          PruneRun(ctx, two.networks, two.pictures.set, {.sparsities = {0}, .finetune = 1});
        }) == Contains("--finetune: no config.json beside"));
}
