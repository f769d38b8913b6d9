// lienet attack: what it finds and the files it leaves behind.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tools/lienet/attack_run.h"
#include "two_networks.h"

using namespace lienet;
using namespace lienet::commands;
using test::Contains;
using test::get;

namespace {

std::vector<nlohmann::json> attacked(AttackRun& run) {
  std::vector<nlohmann::json> lines;
  run.all([&](const std::string& line) { lines.push_back(nlohmann::json::parse(line)); });
  return lines;
}

// Takes from every logit its mean over the images, so that small changes of an image count; then
// the labels are what the networks say.
void make_touchy(test::TwoNetworks& two) {
  const Tensor logits = two.logits();
  const int64_t N = logits.dim(0), K = logits.dim(1);
  for (int64_t k = 0; k < K; ++k) {
    double mean = 0;
    for (int64_t n = 0; n < N; ++n)
      mean += double(logits.data<float>()[n * K + k]) / static_cast<double>(N);
    for (size_t i = 0; i < 2; ++i) {
      Parameter* bias = two.networks[i].model->find("fc").parameters().back();
      bias->value.data<float>()[k] -= static_cast<float>(i == 0 ? mean : 1e4 * mean);
    }
  }
  two.label();
}

}  // namespace

TEST_CASE("attack: what looks robust by hidden gradients shows by gradients that are 0") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(9);
  make_touchy(two);
  AttackRunOptions options{.epsilons = {0, 4, 64}, .pgd_steps = 3, .shown = 2, .batch = 4};
  AttackRun run(ctx, two.networks, two.pictures, options);
  CHECK(run.images() == 9);
  const auto lines = attacked(run);
  REQUIRE(lines.size() == 6);
  for (size_t i = 0; i < 6; ++i) {
    CAPTURE(lines[i].dump());
    const bool sure = i >= 3;
    CHECK(lines[i].at("network") == (sure ? "b" : "a"));
    CHECK((lines[i].at("fgsm_top1") == 100) == (sure || i == 0));
    CHECK((lines[i].at("pgd_top1") == 100) == (sure || i == 0));
    CHECK((lines[i].at("fgsm_zero_gradients") == 100) == sure);
    CHECK(lines[i].at("pgd_zero_gradients").is_null() == (lines[i].at("epsilon") == 0));
  }
  const auto out = two.folder("out");
  run.write(out);
  for (const char* file : {"a-00000.png", "b-00001.png"})
    CHECK(get(out / file).substr(1, 3) == "PNG");
  CHECK(!std::filesystem::exists(out / "a-00002.png"));
  CHECK(get(out / "index.html") == Contains("Gradients are not inhibited"));
  CHECK(get(out / "attack.csv") == Contains("a,0,100.00,"));
  CHECK(get(out / "pgd.svg") == Contains("<svg"));

  options.batch = 1;  // of what is drawn, too
  AttackRun again(ctx, two.networks, two.pictures, options);
  CHECK(attacked(again) == lines);
  options.start = 5;
  AttackRun elsewhere(ctx, two.networks, two.pictures, options);
  CHECK(attacked(elsewhere) == attacked(elsewhere));
  const auto there = two.folder("there"), here = two.folder("here");
  again.write(here);
  elsewhere.write(there);
  CHECK(get(here / "a-00000.png") == get(out / "a-00000.png"));
  CHECK(get(there / "a-00000.png") != get(out / "a-00000.png"));
}

TEST_CASE("attack: without an image that is right there is nothing to attack") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(3, false);
  CHECK(test::message_of([&] { AttackRun(ctx, two.networks, two.pictures, {}); }) ==
        "of 3 images of shapes there is none that all networks get right");
}

TEST_CASE("attack: networks have names of their own, and equally many classes") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  CHECK(two.networks[0].name == "a");
  const auto twice = open_networks(ctx, {.weights = {two.path("a"), two.path("a")}, .common = {}});
  CHECK(twice[1].name == "a-2");
  ModelDescription other = test::narrow_network;
  other.classes = 10;
  ResNet model(ctx, other.options());
  const auto run = two.folder("run");
  save_weights(ctx, run / "best.safetensors", model, other);
  CHECK(open_networks(ctx, {.weights = {run}, .common = {}})[0].name == "run");
  CHECK(test::message_of([&] {
          open_networks(ctx, {.weights = {two.path("a"), run}, .common = {}});
        }) == Contains("has 10 classes"));
}
