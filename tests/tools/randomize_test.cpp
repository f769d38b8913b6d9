// lienet randomize: what it measures and the files it leaves behind.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tools/lienet/randomize_run.h"
#include "two_networks.h"

using namespace lienet;
using namespace lienet::commands;
using test::Contains;
using test::get;

TEST_CASE("randomize: maps leave those of the trained network, whatever the batch") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(5);
  const SaliencyOptions saliency{
      .methods = {SaliencyMethod::li_map, SaliencyMethod::guided_backprop}};
  std::vector<std::vector<nlohmann::json>> lines(2);
  std::vector<std::filesystem::path> outs{two.folder("at_once"), two.folder("in_parts")};
  for (size_t n = 0; n < 2; ++n) {
    const auto networks = open_networks(ctx, {.weights = {two.path("a")}, .common = {}});
    RandomizeRun run(ctx, *networks[0].model, test::narrow_network, two.pictures,
                     {.saliency = saliency, .seed = 7, .batch = n == 0 ? 64 : 2});
    run.all([&](const RandomizeRun::Stage& stage) {
      lines[n].push_back(nlohmann::json::parse(run.json_of(stage)));
    });
    run.write(outs[n]);
  }
  REQUIRE(lines[0].size() == 23);  // trained, fc, 21 convolutions
  CHECK(lines[0].front().at("stage") == "trained");
  CHECK(lines[0].back().at("stage") == "conv1");
  for (size_t i = 0; i < lines[0].size(); ++i)
    for (const char* method : {"li_map", "guided_backprop"})
      for (const char* key : {"spearman", "spearman_abs", "ssim"}) {
        const double value = lines[0][i].at("methods").at(method).at(key);
        CHECK(lines[1][i].at("methods").at(method).at(key).get<double>() ==
              doctest::Approx(value).epsilon(1e-3));
        if (i == 0) CHECK(value == doctest::Approx(1));
      }
  CHECK(lines[0].back().at("methods").at("li_map").at("spearman") < 0.9);
  const std::string jsonl = get(outs[0] / "stages.jsonl"), page = get(outs[0] / "index.html");
  CHECK(std::count(jsonl.begin(), jsonl.end(), '\n') == 23);
  CHECK(get(outs[0] / "stages.png").substr(1, 3) == "PNG");
  CHECK(page == Contains("Spearman of magnitudes"));
  CHECK(page == Contains("<td>trained</td><td>LI-Map</td><td>1.000</td>"));
}
