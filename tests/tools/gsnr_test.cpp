// lienet gsnr: what it measures and the files it leaves behind.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "analysis/gsnr.h"
#include "engine/file.h"
#include "tools/lienet/gsnr_run.h"
#include "tools/training/epoch_files.h"
#include "two_networks.h"

using namespace lienet;
using namespace lienet::commands;
using test::Contains;
using test::get;

namespace {

constexpr const char* mask = "paper,sets=4";

std::vector<nlohmann::ordered_json> measured(GsnrRun& run) {
  std::vector<nlohmann::ordered_json> lines;
  run.all([&](const std::string& line) { lines.push_back(nlohmann::ordered_json::parse(line)); });
  return lines;
}

}  // namespace

TEST_CASE("gsnr: every convolution with and without the mask, as the library measures it") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(6, false);
  GsnrRun run(ctx, two.networks, two.pictures, mask);
  const auto lines = measured(run);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at("network") == "a");
  CHECK(lines[0].at("epoch").is_null());
  CHECK(lines[0].at("inhibit") == mask);
  CHECK(lines[0].at("images") == 6);
  const auto& layers = lines[0].at("layers");
  REQUIRE(layers.size() == 21);
  const Tensor x =
      normalise(ctx, pixels_of(ctx, *two.pictures.set, 0, 6), test::narrow_network.stats);
  Tensor labels = ctx.empty({6}, DType::i64);
  std::copy_n(two.pictures.set->labels.begin(), 6, labels.data<int64_t>());
  for (const bool masked : {false, true}) {
    const auto moments = gradient_moments(ctx, *two.networks[0].model, x, labels, masked);
    double sum = 0;
    for (size_t i = 0; i < moments.size(); ++i) {
      CHECK(layers[i].at("layer") == moments[i].layer());
      CHECK(layers[i].at(masked ? "gsnr_masked" : "gsnr") == gsnr(moments[i]));
      sum += gsnr(moments[i]);
    }
    CHECK(lines[0].at(masked ? "gsnr_masked" : "gsnr").get<double>() ==
          doctest::Approx(sum / 21).scale(0));
  }
  CHECK(layers[0].at("layer") == "conv1");
  CHECK(layers[0].at("gsnr") != layers[0].at("gsnr_masked"));
  CHECK(layers[20].at("gsnr") == layers[20].at("gsnr_masked"));  // beyond the last mask

  CHECK(!run.several_epochs());
  const auto out = two.folder("out");
  run.write(out);
  CHECK(get(out / "gsnr.csv") == Contains("network,epoch,layer,GSNR,GSNR masked\na,,conv1,"));
  CHECK(get(out / "gsnr.csv") == Contains("\nb,,layer3.2.conv2,"));
  CHECK(get(out / "gsnr.jsonl") == lines[0].dump() + "\n" + lines[1].dump() + "\n");
  CHECK(get(out / "gsnr.svg") == Contains("a + mask"));
  CHECK(!std::filesystem::exists(out / "epochs.svg"));
  CHECK(get(out / "index.html") == Contains("Signal to noise in networks"));
  CHECK(text_of(run.means()) == Contains("mean GSNR masked"));
}

TEST_CASE("gsnr: the kept epochs of a run, with its mask") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(4, false);
  const auto folder = two.folder("run");
  TrainConfig config;
  config.inhibit = mask;
  config.inhibit_layers = "layer2.0";
  write_atomically(folder / "config.json", to_json(config));
  const EpochFiles kept = kept_weights(folder);
  make_folder(kept.folder);
  std::filesystem::copy_file(two.path("b"), folder / "best.safetensors");
  std::filesystem::copy_file(two.path("a"), kept.path(2));
  std::filesystem::copy_file(two.path("b"), kept.path(10));
  const std::string second = kept.path(2);
  const std::vector<Network> networks =
      open_networks(ctx, {.weights = {folder.string(), second}, .common = {}});
  CHECK(networks[0].name == "run");
  CHECK(networks[1].name == "run-epoch-0002");
  CHECK(run_of(networks[1].trained)->inhibit == mask);
  GsnrRun run(ctx, networks, two.pictures, "");
  const auto lines = measured(run);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].at("epoch") == 2);
  CHECK(lines[1].at("epoch") == 10);
  CHECK(lines[2].at("epoch").is_null());
  CHECK(lines[0].at("inhibit") == mask);
  CHECK(lines[0].at("layers") == lines[2].at("layers"));
  CHECK(lines[0].at("layers") != lines[1].at("layers"));
  // The mask is at layer2.0 alone.
  for (const auto& layer : lines[0].at("layers"))
    CHECK((layer.at("gsnr") == layer.at("gsnr_masked")) ==
          (layer.at("layer").get<std::string>() > "layer2.1"));
  CHECK(run.several_epochs());
  CHECK(run.layers().rows.size() == 3 * 21);
  CHECK(run.last_epochs().rows.size() == 2 * 21);
  CHECK(run.last_epochs().rows[0][1] == "10");
  const auto out = two.folder("out");
  run.write(out);
  CHECK(get(out / "epochs.svg") == Contains("<svg"));
}

TEST_CASE("gsnr: a rate that changes over the epochs is that of the epoch") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(4, false);
  const auto folder = two.folder("run");
  TrainConfig config;
  config.inhibit = mask;
  config.inhibit_final_rate = 0;
  config.epochs = 3;
  write_atomically(folder / "config.json", to_json(config));
  const EpochFiles kept = kept_weights(folder);
  make_folder(kept.folder);
  std::filesystem::copy_file(two.path("a"), folder / "best.safetensors");
  for (const int64_t epoch : {1, 3}) std::filesystem::copy_file(two.path("a"), kept.path(epoch));
  const std::vector<Network> networks =
      open_networks(ctx, {.weights = {folder.string()}, .common = {}});
  GsnrRun run(ctx, networks, two.pictures, "");
  const auto lines = measured(run);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at("gsnr") != lines[0].at("gsnr_masked"));
  CHECK(lines[1].at("gsnr") == lines[1].at("gsnr_masked"));  // nothing is inhibited any more
  CHECK(lines[0].at("gsnr") == lines[1].at("gsnr"));
  GsnrRun asked(ctx, networks, two.pictures, mask);
  const auto same = measured(asked);
  CHECK(same[0].at("layers") == lines[0].at("layers"));
  CHECK(same[1].at("layers") == lines[0].at("layers"));
}

TEST_CASE("gsnr: a mask that does not fit the network is named") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(2);
  CHECK(test::message_of([&] { GsnrRun(ctx, two.networks, two.pictures, ""); }) ==
        "layer1.0: 4 channels cannot be split into 16 even sets; choose sets that divide them");
}
