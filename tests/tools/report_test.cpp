#include "tools/training/report.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "occurrences.h"
#include "tools/pictures/png.h"

using namespace lienet;
using test::count;

namespace {

EpochRecord epoch(int number, double test_score, std::vector<std::string> layers = {}) {
  EpochRecord r{{.epoch = number,
                 .train_loss = 2,
                 .train_score = 50.125,
                 .test_loss = 1.5,
                 .test_score = test_score,
                 .learning_rate = 0.1,
                 .seconds = 100,
                 .images_per_second = 1000.0 * number,
                 .peak_mib = 2000}};
  for (std::string& name : layers)
    r.layers.push_back({std::move(name), 1e-3, 1e-5, 0.5, 0.75, 0.625, 0.25, 2e-6, 0.875});
  return r;
}

}  // namespace

TEST_CASE("report: facts, curves, epochs") {
  const std::string page =
      report_html({.title = "ResNet-18 on shapes100",
                   .facts = {{"seed", "7"}, {"command line", "lienet train --seed 7"}},
                   .configuration = {{"batch", "128"}},
                   .epochs = {epoch(1, 40), epoch(2, 61.5), epoch(3, 60), epoch(4, NAN)}});
  CHECK(page.find("<h1>ResNet-18 on shapes100</h1>") != page.npos);
  CHECK(page.find("<dt>seed</dt><dd>7</dd>") != page.npos);
  CHECK(page.find("<dt>command line</dt><dd>lienet train --seed 7</dd>") != page.npos);
  CHECK(page.find("<h2>Configuration</h2>") != page.npos);
  CHECK(page.find("<dt>batch</dt><dd>128</dd>") != page.npos);
  CHECK(page.find("Best top-1</span><b>61.50\u202f%</b><span>test, epoch 2<") != page.npos);
  CHECK(page.find("Last top-1</span><b>60.00\u202f%</b><span>test, epoch 3<") != page.npos);
  CHECK(page.find("Epochs</span><b>4</b><span>7 min in all<") != page.npos);
  CHECK(page.find("Images/s</span><b>2,500</b>") != page.npos);
  CHECK(count(page, "<svg xmlns") == 4);
  CHECK(count(page, "<tr class=\"best\"><td>2 \u2605</td>") == 1);
  CHECK(count(page, "<tr class=\"\">") == 3);
  CHECK(count(page, "<td>50.12\u202f%</td>") == 4);
  CHECK(count(page, "<td>\u2013</td>") == 1);
  CHECK(count(page, "nan") == 0);
  // Nothing comes from elsewhere.
  CHECK(count(page, "src=") + count(page, "href=") + count(page, "@import") + count(page, "url(") ==
        0);
}

TEST_CASE("report: inhibited layers") {
  Report r{.title = "t", .epochs = {epoch(1, 1, {"layer1.0", "layer2.1"}), epoch(2, 2)}};
  const std::string page = report_html(r);
  CHECK(page.find("<h2>Lateral inhibition</h2>") != page.npos);
  CHECK(count(page, "<svg xmlns") == 10);
  CHECK(count(page, ">layer2.1</text>") == 6);
  CHECK(page.find("<td>layer1.0</td><td>0.001</td><td>1e-05</td><td>0.500</td><td>0.750</td>"
                  "<td>0.625</td><td>0.250</td>") != page.npos);
  CHECK(page.find("<td>layer1.0</td><td>2e-06</td><td>0.875</td>") != page.npos);
  CHECK(page.find("The curves show") == page.npos);

  std::vector<std::string> names;
  for (int i = 0; i < 52; ++i) names.push_back("block" + std::to_string(i));
  r.epochs = {epoch(1, 1, names)};
  const std::string deep = report_html(r);
  CHECK(deep.find("The curves show 8 of 52 layers.") != deep.npos);
  CHECK(count(deep, ">block0</text>") == 6);
  CHECK(count(deep, ">block51</text>") == 6);
  CHECK(count(deep, "<td>block") == 2 * 52);
}

TEST_CASE("report: flux of a network without inhibition, and GSNR") {
  Report r{.title = "t", .epochs = {epoch(1, 1), epoch(2, 2)}};
  for (EpochRecord& e : r.epochs) {
    e.metrics.gsnr = 0.25;
    e.layers = {{.layer = "layer1.0", .flux = 3e-6}};
    e.convolutions = {{"conv1", 0.125}, {"layer1.0.conv1", 0.375}};
  }
  const std::string page = report_html(r);
  CHECK(count(page, "Lateral inhibition") == 0);
  CHECK(count(page, "<h2>Gradient flux sensitivity</h2>") == 1);
  CHECK(count(page, "<h2>Signal to noise</h2>") == 1);
  CHECK(count(page, "<svg xmlns") == 4 + 2 + 1);
  CHECK(count(page, "nothing was measured") == 0);
  CHECK(count(page, "<td>layer1.0</td><td>3e-06</td><td>\u2013</td>") == 1);
  CHECK(count(page, "<td>layer1.0.conv1</td><td>0.375</td>") == 1);
}

TEST_CASE("report: examples are marked right or wrong") {
  const std::vector<uint8_t> planar = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};  // 2 x 2
  const std::vector<uint8_t> rgb = {1, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12};
  Report r{.title = "t",
           .examples = {{planar, 2, 2, "cat", "cat", 0.914}, {planar, 2, 2, "cat", "dog", 0.4}}};
  const std::string page = report_html(r);
  CHECK(count(page, png_data_uri(png_of(rgb, 2, 2))) == 2);
  CHECK(page.find("1 of these 2 are right") != page.npos);
  CHECK(count(page, "<figure class=\"card right\">") == 1);
  CHECK(count(page, "<figure class=\"card wrong\">") == 1);
  CHECK(page.find("<b>cat</b><span class=\"mark\">\u2713 cat</span> 91\u202f%") != page.npos);
  CHECK(page.find("<b>cat</b><span class=\"mark\">\u2717 dog</span> 40\u202f%") != page.npos);

  r.examples[1].height = 3;
  CHECK_THROWS_WITH_AS(report_html(r), "report: an example of 12 bytes; expected 3 x 3 x 2", Error);
}

TEST_CASE("report: what was watched") {
  const Report r{.title = "t",
                 .epochs = {epoch(1, 1), epoch(2, 2)},
                 .watch = WatchPictures{.animation = "many", .latest = "one", .epoch = 2}};
  const std::string page = report_html(r);
  CHECK(count(page, "<h2>Inside training</h2>") == 1);
  CHECK(count(page, "<h3>Epoch 2</h3>") == 1);
  CHECK(count(page, png_data_uri("many")) == 1);
  CHECK(count(page, png_data_uri("one")) == 1);
  CHECK(count(report_html({.title = "t", .epochs = {epoch(1, 1)}}), "Inside training") == 0);
}

TEST_CASE("report: names are text") {
  const std::string evil = "<script>alert(1)</script>\"'";
  const std::string page =
      report_html({.title = evil,
                   .facts = {{evil, evil}},
                   .configuration = {{evil, evil}},
                   .epochs = {epoch(1, 1, {evil, "b"})},
                   .examples = {{std::vector<uint8_t>(3), 1, 1, evil, evil, 1}}});
  CHECK(count(page, "<script") == 0);
  CHECK(count(page, "&lt;script&gt;") >= 14);
}

TEST_CASE("report: a training that was not") {
  const std::string page = report_html({.title = "empty"});
  CHECK(page.find("<h1>empty</h1>") != page.npos);
  CHECK(count(page, "<h2>") == 0);
  const std::string one = report_html({.title = "one", .epochs = {{.metrics = {.epoch = 1}}}});
  CHECK(count(one, "nothing was measured") == 4);
  CHECK(count(one, "nan") == 0);
}
