// lienet prune: what it finds and the files it leaves behind.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

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

TEST_CASE("prune: without its run nobody knows how a network was trained") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(1);
  CHECK(test::message_of([&] {
          PruneRun(ctx, two.networks, two.pictures.set, {.sparsities = {0}, .finetune = 1});
        }) == Contains("--finetune: no config.json beside"));
}
