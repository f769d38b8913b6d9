#include "tools/training/config.h"

#include <doctest/doctest.h>

#include "temporary_directory.h"
#include "tools/lienet/config_file.h"

using namespace lienet;
using commands::expand_config;
using test::Contains;
using test::message_of;
using test::put;
using test::TemporaryDirectory;

namespace {

std::string refused(void (*change)(TrainConfig&)) {
  TrainConfig c;
  change(c);
  return message_of([&] { c.check(); });
}

}  // namespace

TEST_CASE("config: JSON gives every option back") {
  TrainConfig c;
  c.dataset = "cifar10";
  c.lr = 0.1 + 1e-17;
  c.seed = UINT64_MAX;
  c.nesterov = false;
  c.winograd = false;
  c.watch = 8;
  c.keep = 10;
  c.gsnr = true;
  c.inhibit = "log,rate=0.3";
  c.milestones = "3,5";
  const TrainConfig back = config_from_json(to_json(c), "config.json");
  CHECK(to_json(back) == to_json(c));
  CHECK(back.seed == UINT64_MAX);
  CHECK(back.dataset == "cifar10");
  CHECK(back.watch == 8);
  CHECK(back.keep == 10);
  CHECK(back.gsnr);
  CHECK(!back.context_options().winograd);
  CHECK(option_table(back).size() == option_table(c).size());
}

TEST_CASE("config: what is not an option's value is named") {
  const auto said = [](const char* json) {
    return message_of([&] { config_from_json(json, "c.json"); });
  };
  CHECK(said(R"({"lrr": 1})") == "c.json: option lrr is not known; did you mean lr?");
  CHECK(said(R"({"lr": "high"})") == R"(c.json: lr: "high" is of the wrong type)");
  CHECK(said(R"({"epochs": 1.5})") == "c.json: epochs: 1.5 is of the wrong type");
  CHECK(said(R"({"seed": -1})") == "c.json: seed: -1 is of the wrong type");
  CHECK(said(R"({"workers": 4294967296})") == "c.json: workers: 4294967296 is of the wrong type");
  CHECK(said("[]") == "c.json: expected a JSON object of options");
  CHECK(said("{") == Contains("c.json: not JSON: "));
}

TEST_CASE("config: values that no training can have") {
  CHECK(refused([](TrainConfig& c) { c.dataset = "cifar1000"; }) ==
        "dataset cifar1000: not known; did you mean cifar100?");
  CHECK(refused([](TrainConfig& c) { c.epochs = 0; }) == "--epochs 0: expected 1 or more");
  CHECK(refused([](TrainConfig& c) { c.keep = -1; }) ==
        "--keep -1: expected 0 (none) or more epochs");
  CHECK(refused([](TrainConfig& c) { c.watch = 65; }) ==
        "--watch 65: expected 0 (none) to 64 images");
  CHECK(refused([](TrainConfig& c) { c.watch = -1; }) ==
        "--watch -1: expected 0 (none) to 64 images");
  CHECK(refused([](TrainConfig& c) { c.ema = 1; }) ==
        "--ema 1: expected 0 (none) or a decay below 1");
  CHECK(refused([](TrainConfig& c) { c.warmup = 201; }) ==
        "--warmup 201: expected 0 to the number of epochs, or -1");
  CHECK(refused([](TrainConfig& c) { c.enhance = "shar=0.5"; }) ==
        "enhancement: shar is not an option; did you mean share?");
  CHECK(refused([](TrainConfig& c) { c.enhance = "share=1.1"; }) ==
        "enhancement: share 1.1; expected 0 to 1");
  CHECK(refused([](TrainConfig& c) {
          c.enhance = "rate=0.4";
          c.mixup = 0.2;
        }) == "--enhance rate=0.4: a mixed image has no one label; leave out --mixup and --cutmix");
  CHECK(refused([](TrainConfig& c) { c.inhibit = "paper,rate=1"; }) ==
        "--inhibit: inhibition rate=1; expected 0 <= rate < 1");
  CHECK(refused([](TrainConfig& c) { c.inhibit = "paper,kernel=4"; }) ==
        "--inhibit: inhibition kernel=4; expected an odd size up to 1025, or auto");
  CHECK(refused([](TrainConfig& c) { c.inhibit = "paper,sigma=0"; }) ==
        "--inhibit: inhibition sigma=0; expected 0.01 to 1000");
  CHECK(refused([](TrainConfig& c) { c.inhibit_layers = "layer1.0"; }) ==
        "--inhibit-layers layer1.0: --inhibit is off; say which inhibition, as --inhibit paper");
  CHECK(refused([](TrainConfig& c) { c.milestones = "60,x"; }) ==
        "--milestones x: expected epochs with commas between them, as 60,120,160");
  CHECK(refused([](TrainConfig& c) { c.model = "resnet21"; }) ==
        "model resnet21 is not known; did you mean resnet20?");
  CHECK(refused([](TrainConfig& c) { c.schedule = "cos"; }) == Contains("cosine"));
}

TEST_CASE("config: the usual recipe, and milestones that fit a short run") {
  TrainConfig c;
  CHECK(c.schedule_options(10).milestones == std::vector<int64_t>{600, 1200, 1600});
  CHECK(c.schedule_options(10).warmup_steps == 10);
  c.epochs = 3;
  CHECK(c.schedule_options(10).milestones == std::vector<int64_t>{20});
  c.epochs = 1;
  c.check();
  CHECK(c.schedule_options(10).warmup_steps == 9);
  c.epochs = 10;
  c.schedule = "one-cycle";
  CHECK(c.schedule_options(10).warmup_steps == 30);
  c.schedule = "multistep";
  c.milestones = "4,6";
  CHECK(c.schedule_options(10).milestones == std::vector<int64_t>{40, 60});
}

TEST_CASE("config: a TOML file's options stand before those of the command line") {
  const TemporaryDirectory dir;
  const std::string file = (dir / "c.toml").string();
  put(dir / "c.toml",
      "lr = 0.05\nflip = false\nmilestones = [60, 120]\ninhibit = \"log,rate=0.3\"\n");
  CHECK(expand_config({"train", "shapes100", "--config", file, "--lr", "1"}) ==
        std::vector<std::string>{"train", "--lr=0.05", "--flip=false", "--milestones=60,120",
                                 "--inhibit=log,rate=0.3", "shapes100", "--lr", "1"});
  put(dir / "c.toml", "[train]\nlr = 0.05\n");
  CHECK(expand_config({"train", "--config=" + file}) ==
        std::vector<std::string>{"train", "--lr=0.05"});
  put(dir / "c.toml", "[eval]\nbatch = 1\n");
  CHECK(message_of([&] {
          expand_config({"train", "--config", file});
        }) == file + ": section [eval]: expected [train] or none");
  CHECK(message_of([&] {
          expand_config({"train", "--config", (dir / "none").string()});
        }) == Contains("none: cannot be read"));
  CHECK(message_of([] { expand_config({"train", "--config"}); }) == "--config: expected a file");
}
