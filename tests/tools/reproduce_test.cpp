#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "program.h"
#include "tools/lienet/commands.h"
#include "tools/reproduce/built_in_recipes.h"
#include "tools/reproduce/execute.h"
#include "tools/reproduce/items.h"
#include "tools/reproduce/measurements.h"
#include "tools/reproduce/recipe.h"
#include "tools/reproduce/results.h"
#include "tools/training/metrics.h"

using namespace lienet;
using namespace lienet::reproduce;
namespace fs = std::filesystem;
using doctest::Approx;
using test::Contains;
using test::Ended;
using test::get;
using test::TemporaryDirectory;

namespace {

constexpr const char* tiny = R"(title = "a tiny one"
[train]
dataset = "shapes100"
train = 96
test = 24
model = "resnet20"
width = 8
batch = 16
epochs = 2
threads = 1

[variants]
plain = "off"
paper = "paper,sets=8"
random = "paper,sets=8,mode=random"

[prune]
sparsity = "0,0.5"
)";

std::string refusal(const std::string& text) {
  return test::message_of([&] { parse_recipe(text, "r.toml"); });
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("recipe: what it holds") {
  const Recipe r = parse_recipe(tiny, "folder/small.toml");
  CHECK(r.name == "small");
  CHECK(r.title == "a tiny one");
  CHECK(r.masked == "paper");
  REQUIRE(r.variants.size() == 3);
  CHECK(r.variants[2].inhibit == "paper,sets=8,mode=random");
  CHECK(r.words("train").front() == "--dataset=shapes100");
  CHECK(r.words("attack").empty());
}

TEST_CASE("recipe: mistakes are named") {
  CHECK(refusal(with(tiny, "title", "titel")) ==
        "r.toml: titel is not known above the sections; did you mean title?");
  CHECK(refusal(with(tiny, "[prune]", "[prine]")) ==
        "r.toml: section [prine] is not known; did you mean [prune]?");
  CHECK(refusal(with(tiny, "plain = \"off\"\n", "")) == "r.toml: no plain among its [variants]");
  CHECK(refusal(with(tiny, "plain = \"off\"", "plain = \"paper\"")) ==
        "r.toml: variant plain: expected off");
  CHECK(refusal(with(tiny, "mode=random", "mode=randon")) ==
        "r.toml: variant random: inhibition: mode=randon is not known; did you mean random?");
  CHECK(refusal(with(tiny, "random =", "\"a/b\" =")) ==
        "r.toml: variant a/b: expected a name of letters, digits, _ and .");
  CHECK(refusal(with(tiny, "random =", "control =")) ==
        "r.toml: variant control: is what goes on from plain; choose another name");
  CHECK(refusal(with(tiny, "random =", "center = \"off\"\npaper =")) ==
        "r.toml: variant paper: is there twice");
  CHECK(refusal(with(tiny, "shapes100", "voc2007")) ==
        "r.toml: dataset = voc2007: its images show several classes, and the figures are of top-1");
  CHECK(refusal("title = \"x\"") == "r.toml: no section [train]");
  CHECK(refusal(std::string(tiny) + "[control]\nepochs = 1\n") ==
        "r.toml: [enhanced] and [control] belong together");
  CHECK(refusal(with(tiny, "title", "train_images = 0\ntitle")) ==
        "r.toml: train_images = 0: expected a number, 1 or more");
  CHECK(test::message_of([] { read_recipe("shapes10"); }) ==
        "--recipe shapes10: neither a file nor a recipe's name; did you mean shapes100?");
}

TEST_CASE("recipe: a folder of a recipe's name does not hide it") {
  const TemporaryDirectory dir;
  fs::create_directory(dir / "imagenet");
  const fs::path before = fs::current_path();
  fs::current_path(dir.path());
  const std::string said = test::message_of([] { read_recipe("imagenet"); });
  fs::current_path(before);
  CHECK(said == "");
}

TEST_CASE("recipe: those that come with the program plan every item") {
  CHECK(built_in_recipes.size() >= 4);
  for (const auto& recipe : built_in_recipes) {
    const std::string name(recipe.first);
    CAPTURE(name);
    Plan plan(read_recipe(name), "/none", 3);
    for (const Item* item : find_items("all")) item->plan(plan);
    CHECK(plan.steps().size() > 20);
  }
}

TEST_CASE("plan: each step once, with a command line that is checked before anything starts") {
  Plan plan(parse_recipe(tiny, "tiny.toml"), "out", 2);
  for (const char* key : {"table1", "table2", "fig3"})
    for (const Item* item : find_items(key)) item->plan(plan);
  REQUIRE(plan.steps().size() == 6);
  const Step& step = plan.steps()[1];
  CHECK(step.title == "train paper, seed 0");
  CHECK(step.folder == "out/runs/paper-s0");
  CHECK(step.passes == 2 * (96 + 24.0 / 3));
  CHECK(command_of(step).back() == "--out=out/runs/paper-s0");
  CHECK(Plan::config_of(step).inhibit == "paper,sets=8");
  CHECK_FALSE(is_done(step));
  CHECK(passes_left(step) == step.passes);
  Plan wrong(parse_recipe(with(tiny, "sparsity", "sparsety"), "tiny.toml"), "out", 1);
  CHECK(test::message_of([&] { find_items("fig5")[0]->plan(wrong); }) ==
        "--sparsety is not known; did you mean --sparsity? (see lienet prune --help)");
  CHECK(test::message_of([] { find_items("fig55"); }) ==
        "ITEM fig55: not known; did you mean fig5?");
}

TEST_CASE("plan: every analysis is of the last epoch, as the tables' accuracies are") {
  Plan plan(parse_recipe(tiny, "tiny.toml"), "out", 2);
  for (const Item* item : find_items("all")) item->plan(plan);
  int analyses = 0;
  for (const Step& step : plan.steps()) {
    if (step.training || step.words[0] == "gsnr") continue;  // this one of kept epochs
    CAPTURE(step.title);
    int of_last = 0;
    for (const std::string& word : step.words) of_last += word.ends_with("/last.safetensors");
    CHECK(of_last == (step.words[0] == "prune" || step.words[0] == "attack" ? 2 : 1));
    ++analyses;
  }
  CHECK(analyses == 4 + 2 + 2 * 2 + 2 + 4);  // table3, fig4, fig5, fig6, appendixA
}

TEST_CASE("plan: a training is done once it has ended, not with its last metrics") {
  const TemporaryDirectory dir;
  Plan plan(parse_recipe(tiny, "tiny.toml"), dir.path(), 1);
  plan.train(plan.recipe().variants[0], 0);
  const Step& step = plan.steps()[0];
  fs::create_directories(step.folder);
  test::put(step.folder / "config.json", to_json(Plan::config_of(step)));
  std::string lines;
  for (const int epoch : {1, 2}) lines += json_line({.metrics = {.epoch = epoch}}) + "\n";
  test::put(step.folder / "metrics.jsonl", lines);
  CHECK(passes_left(step) == 0);
  CHECK_FALSE(is_done(step));
  CHECK(command_of(step) == std::vector<std::string>{"train", "--resume=" + step.folder.string()});
  mark_done(step);
  CHECK(is_done(step));
}

TEST_CASE("plan: command lines as a shell takes them") {
  CHECK(shell_line({"train", "--inhibit=paper,sets=8"}) == "lienet train --inhibit=paper,sets=8");
  CHECK(shell_line({"--inhibit=paper;layer1:rate=0.3", "--data=it's here", ""}) ==
        "lienet '--inhibit=paper;layer1:rate=0.3' '--data=it'\\''s here' ''");
}

TEST_CASE("results: a number that is not there is an error that names file and key") {
  CHECK(number({{"top1", 3}}, "top1") == 3);
  CHECK(std::isnan(number({{"top1", nullptr}}, "top1")));
  const TemporaryDirectory dir;
  const fs::path file = dir / "lines.jsonl";
  const auto said = [&](const std::string& text) {
    test::put(file, text);
    return test::message_of(
        [&] { for_each_line(file, [](const auto& line) { number(line, "top1"); }); });
  };
  CHECK(said("{\"top1\": 1}\n{\"top1\": null}\n") == "");
  CHECK(said("{\"top1\": 1}\n{\"top5\": 2}\n") == Contains(file.string() + ": line 2: "));
  CHECK(said("{\"top5\": 2}\n") == Contains("'top1'"));
  CHECK(said("{\"top1\": \"high\"}\n") == Contains("line 1: "));
  CHECK(said("{") == Contains(file.string() + ": line 1: "));
  CHECK(said("") == file.string() + ": is empty");
}

TEST_CASE("items: shown from what the analyses wrote") {
  const TemporaryDirectory dir;
  const Plan plan(parse_recipe(tiny, "tiny.toml"), dir.path(), 2);
  const auto show = [&](const char* key) { return find_items(key)[0]->show(plan); };
  const auto write = [&](const std::string& file, const std::string& text) {
    fs::create_directories((dir / file).parent_path());
    test::put(dir / file, text);
  };
  for (const int seed : {0, 1}) {
    const std::string s = std::to_string(seed);
    write("fig6/attack-s" + s + "/attack.jsonl",
          R"({"network": "plain-s)" + s +
              R"(", "epsilon": 8, "fgsm_top1": 20, "fgsm_zero_gradients": 1}
{"network": "paper-s)" +
              s + R"(", "epsilon": 8, "fgsm_top1": 2)" + s + R"(, "fgsm_zero_gradients": 2}
)");
    write(
        "fig7/gsnr-s" + s + "/gsnr.jsonl",
        R"({"network": "plain-s)" + s + R"(", "epoch": null, "gsnr": null, "gsnr_masked": null})");
    for (const char* variant : {"plain", "paper"})
      write("table3/" + std::string(variant) + "-s" + s + "/output.txt",
            R"({"methods": {"cam": {"iou": {"mean": 0.5}}, "li_map": {"iou": {"mean": 0.)" + s +
                "}}}}\n");
  }
  const Section attacked = show("fig6");  // without PGD
  REQUIRE(attacked.tables.size() == 2);
  CHECK(attacked.tables[0].second.rows ==
        std::vector<std::vector<std::string>>{
            {"8", "20.00 ± 0.00", "20.50 ± 0.71", "0.50 ± 0.71", "0.500"}});
  CHECK(attacked.measurements.stats("paper", "zero gradients %", 8).mean == 2);

  CHECK(show("fig7").tables[0].second.rows.empty());  // nothing was measured

  const Table found = show("table3").tables[0].second;
  REQUIRE(found.rows.size() == 2);
  CHECK(found.rows[0][0] == "cam");
  CHECK(found.rows[1][1] == "0.050 ± 0.071");

  write("fig6/attack-s1/attack.jsonl", R"({"network": "plain-s1", "epsilon": 8})");
  CHECK(test::message_of([&] { show("fig6"); }) ==
        Contains((dir / "fig6/attack-s1/attack.jsonl").string() + ": line 1: "));
  write("table3/plain-s0/output.txt", "");
  CHECK(test::message_of([&] { show("table3"); }) == Contains("plain-s0/output.txt: is empty"));
}

TEST_CASE("measurements: over seeds, and between series of equal seeds") {
  Measurements m;
  for (int seed = 0; seed < 3; ++seed) {
    m.add("plain", "top-1 %", 0, seed, 80 + seed);
    m.add("paper", "top-1 %", 0, seed, 81 + 2 * seed);
  }
  m.add("paper", "top-1 %", 0, 3, 50);  // a seed that plain does not have
  m.add("log", "top-1 %", 0, 0, std::nan(""));
  CHECK(m.series("top-1 %") == std::vector<std::string>{"plain", "paper"});
  CHECK(m.stats("plain", "top-1 %").mean == 81);
  CHECK(m.stats("plain", "top-1 %").deviation == 1);
  CHECK(m.stats("log", "top-1 %").count == 0);
  const PairedTest t = m.test("paper", "plain", "top-1 %");  // 1, 2, 3
  CHECK(t.difference.count == 3);
  CHECK(t.difference.mean == 2);
  CHECK(mean_and_deviation(m.stats("plain", "top-1 %"), 2) == "81.00 ± 1.00");
  CHECK(mean_and_deviation(m.stats("log", "top-1 %"), 2) == "–");
  CHECK(p_value(t) == "0.074");
  CHECK(p_value(m.test("log", "plain", "top-1 %")) == "–");
  m.add("plain", "curve", 2, 0, 5);
  m.add("plain", "curve", 1, 0, 4);
  const Plot plot = m.plot("title", "epoch", "curve");
  REQUIRE(plot.series.size() == 1);
  CHECK(plot.series[0].points[1].y == 4);
}

TEST_CASE("command line: reproduce trains, measures, and does nothing twice") {
  const TemporaryDirectory dir;
  test::put(dir / "tiny.toml", tiny);
  const std::string out = (dir / "made").string();
  const std::string command =
      " --recipe " + (dir / "tiny.toml").string() + " --seeds 2 --out " + out;
  const Ended dry = test::run(dir, "reproduce fig5 --dry-run" + command);
  CHECK(dry.err == "");
  CHECK(dry.out == Contains("4 trainings, 4 analyses;"));
  CHECK_FALSE(fs::exists(out));

  // Stopped in the middle of a training.
  {
    const test::Program program(dir, "reproduce fig5" + command);
    for (int i = 0; i < 4000 && !fs::exists(fs::path(out) / "runs/paper-s0/metrics.csv"); ++i)
      usleep(5000);
    program.send(SIGTERM);
    CHECK(program.wait() == 130);
    CHECK(program.err() == Contains("interrupted; the same command goes on\n"));
  }
  const Ended first = test::run(dir, "reproduce fig5" + command);
  CHECK(first.err == "");
  REQUIRE(first.code == 0);
  CHECK(first.out == Contains("[8/8] fig5/global-s1 ("));
  const std::string page = get(fs::path(out) / "index.html");
  CHECK(page == Contains("Figure 5: pruned networks"));
  CHECK(page == Contains("lienet prune --scope=global"));
  const auto results = nlohmann::json::parse(get(fs::path(out) / "results.json"));
  CHECK(results["items"]["fig5"]["measurements"].size() == 2 * 2 * 2 * 2);
  const std::string csv = get(fs::path(out) / "results.csv");
  CHECK(csv.starts_with("item,series,quantity,x,seed,value\nfig5,plain,"));

  // What is there is kept, and an item more needs only what it lacks.
  const Ended again = test::run(dir, "reproduce fig5" + command);
  CHECK(again.code == 0);
  CHECK(again.out.find("[") == std::string::npos);
  CHECK(get(fs::path(out) / "index.html") == page);
  const Ended table = test::run(dir, "reproduce table2" + command);
  REQUIRE(table.code == 0);
  CHECK(table.out == Contains("] train random, seed 1 ("));
  CHECK(table.out == Contains("p vs random"));

  // A changed recipe is not mixed with what is there.
  test::put(dir / "tiny.toml", with(tiny, "batch = 16", "batch = 32"));
  const Ended other = test::run(dir, "reproduce fig5" + command);
  CHECK(other.code == 1);
  CHECK(other.err == "lienet: " + out +
                         "/runs/plain-s0: is a run with batch 16, and the recipe says 32; choose "
                         "another --out\n");
}
