#include "tools/training/config.h"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>
#include <type_traits>
#include <variant>

#include "temporary_directory.h"
#include "tools/lienet/commands.h"
#include "tools/lienet/config_file.h"
#include "tools/lienet/options.h"

using namespace lienet;
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

using Value = std::variant<bool, int, int64_t, uint64_t, double, std::string>;

std::vector<Value> values_of(const TrainConfig& c) {
  std::vector<Value> values;
  TrainConfig::visit_options(
      c, [&](auto, auto, const auto& member, auto) { values.push_back(member); });
  return values;
}

}  // namespace

TEST_CASE("config: JSON gives every option back") {
  TrainConfig c;
  int options = 0;
  TrainConfig::visit_options(c, [&](auto, const char* name, auto& member, auto) {
    using Member = std::decay_t<decltype(member)>;
    ++options;
    if constexpr (std::is_same_v<Member, std::string>)
      member = std::string("\"a\", ") + name;
    else if constexpr (std::is_same_v<Member, bool>)
      member = !member;
    else
      member += static_cast<Member>(options + 0.1);
  });
  c.dataset = "cifar10";
  c.seed = UINT64_MAX;
  const TrainConfig back = config_from_json(to_json(c), "config.json");
  CHECK(back.dataset == "cifar10");
  CHECK(values_of(back) == values_of(c));
  CHECK(values_of(back).size() == static_cast<size_t>(options));
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
  CHECK(refused([](TrainConfig& c) { c.epochs = 0; }) == "--epochs 0: expected 1 to 1000000");
  CHECK(refused([](TrainConfig& c) { c.epochs = INT64_MAX; }) ==
        "--epochs 9.223372036854776e+18: expected 1 to 1000000");
  CHECK(refused([](TrainConfig& c) { c.momentum = 1; }) ==
        "--momentum 1: expected 0 <= momentum < 1");
  CHECK(refused([](TrainConfig& c) { c.weight_decay = -1; }) ==
        "--weight-decay -1: expected 0 or more");
  CHECK(refused([](TrainConfig& c) { c.beta2 = 1; }) == "--beta2 1: expected 0 <= beta < 1");
  CHECK(refused([](TrainConfig& c) { c.workers = -1; }) == "--workers -1: expected 0 to 1024");
  CHECK(refused([](TrainConfig& c) { c.cutout = 33; }) ==
        "augment: cutout is 33; expected 0 to 32");
  CHECK(refused([](TrainConfig& c) { c.colour_strength = 2; }) ==
        "augment: colour_strength is 2; expected 0 to 1");
  CHECK(refused([](TrainConfig& c) { c.pad = 32; }) == "augment: pad is 32; expected 0 to 31");
  CHECK(refused([](TrainConfig& c) { c.mixup = -1; }) ==
        "mixup is -1, cutmix is 0; expected 0 (off) or more");
  CHECK(refused([](TrainConfig& c) { c.data = "\xff"; }) ==
        "--data: is no UTF-8, in which config.json has to name it");
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
  CHECK(!c.schedule_options(10).warmup_steps);  // one-cycle's own 30 %
  c.warmup = 0;
  CHECK(c.schedule_options(10).warmup_steps == 0);
  c.warmup = -1;
  c.schedule = "multistep";
  c.milestones = "4,6";
  CHECK(c.schedule_options(10).milestones == std::vector<int64_t>{40, 60});
}

TEST_CASE("config: a TOML file's options stand before those of the command line") {
  const TemporaryDirectory dir;
  const std::string file = (dir / "c.toml").string();
  put(dir / "c.toml",
      "lr = 0.05\nflip = false\nmilestones = [60, 120]\ninhibit = \"log,rate=0.3\"\n");
  CLI::App program;
  std::vector<std::string> weights;
  program.add_subcommand("train");
  commands::add_several(program.add_subcommand("attack"), "--weights", weights, "");
  const auto expand_config = [&](const std::vector<std::string>& words) {
    return commands::expand_config(program, words);
  };
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
  CHECK_THROWS_AS(expand_config({"train", "--config", (dir / "none").string()}),
                  commands::UsageError);
  CHECK(message_of([&] { expand_config({"train", "--config"}); }) == "--config: expected a file");
  put(dir / "c.toml", "weights = [\"a\", \"b,c\"]\neps = [1, 2]\n");
  CHECK(expand_config({"attack", "--config", file}) ==
        std::vector<std::string>{"attack", "--weights=a", "--weights=b,c", "--eps=1,2"});
  CHECK(expand_config({"attack", "--config", file, "--weights", "d"}) ==
        std::vector<std::string>{"attack", "--eps=1,2", "--weights", "d"});
}
