#include "tools/training/metrics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "temporary_directory.h"

using namespace lienet;

namespace {

const EpochMetrics third{.epoch = 3,
                         .train_loss = 1.25,
                         .train_score = 61.2,
                         .test_loss = 0.1 + 0.2,
                         .test_score = 59,
                         .learning_rate = 1e-5,
                         .seconds = 12.5,
                         .images_per_second = 4065,
                         .peak_mib = 2113.5,
                         .gsnr = 0.0625};
const LayerTelemetry layer{.layer = "layer1.0",
                           .norm = 1e-4,
                           .threshold = 3e-9,
                           .inhibited = 0.5,
                           .energy_kept = 0.75,
                           .agreement = 0.625,
                           .border_kept = 1,
                           .flux = 2e-7,
                           .flux_kept = 0.875};
const ConvolutionTelemetry convolution{.layer = "conv1", .gsnr = 0.125};

bool same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}
bool same(const EpochMetrics& a, const EpochMetrics& b) {
  return a.epoch == b.epoch && a.metric == b.metric && same(a.train_loss, b.train_loss) &&
         same(a.train_score, b.train_score) && same(a.test_loss, b.test_loss) &&
         same(a.test_score, b.test_score) && same(a.learning_rate, b.learning_rate) &&
         same(a.seconds, b.seconds) && same(a.images_per_second, b.images_per_second) &&
         same(a.peak_mib, b.peak_mib) && same(a.gsnr, b.gsnr);
}
bool same(const LayerTelemetry& a, const LayerTelemetry& b) {
  return a.layer == b.layer && same(a.norm, b.norm) && same(a.threshold, b.threshold) &&
         same(a.inhibited, b.inhibited) && same(a.energy_kept, b.energy_kept) &&
         same(a.agreement, b.agreement) && same(a.border_kept, b.border_kept) &&
         same(a.flux, b.flux) && same(a.flux_kept, b.flux_kept);
}

std::string said_about(const std::string& text) {
  return test::message_of([&] { parse_json_lines(text, "metrics.jsonl"); });
}
// `text` with its first `from` replaced.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("metrics: a row of CSV") {
  CHECK(csv_header() ==
        "epoch,train_loss,train_top1,test_loss,test_top1,learning_rate,seconds,"
        "images_per_second,peak_mib,gsnr");
  CHECK(csv_row(third) == "3,1.25,61.2,0.30000000000000004,59,1e-05,12.5,4065,2113.5,0.0625");
  CHECK(csv_row({.epoch = 1, .train_loss = 2, .test_loss = INFINITY}) == "1,2,,,,,,,,");
}

TEST_CASE("metrics: a line of JSON") {
  CHECK(json_line({third, {layer}, {convolution}}) ==
        R"({"epoch":3,"train_loss":1.25,"train_top1":61.2,"test_loss":0.30000000000000004,)"
        R"("test_top1":59.0,"learning_rate":1e-05,"seconds":12.5,"images_per_second":4065.0,)"
        R"("peak_mib":2113.5,"gsnr":0.0625,"layers":[{"layer":"layer1.0","norm":0.0001,)"
        R"("threshold":3e-09,"inhibited":0.5,"energy_kept":0.75,"agreement":0.625,)"
        R"("border_kept":1.0,"flux":2e-07,"flux_kept":0.875}],)"
        R"("convolutions":[{"layer":"conv1","gsnr":0.125}]})");
  CHECK(json_line({{.epoch = 1, .train_loss = -INFINITY}}) ==
        R"({"epoch":1,"train_loss":null,"train_top1":null,"test_loss":null,"test_top1":null,)"
        R"("learning_rate":null,"seconds":null,"images_per_second":null,"peak_mib":null,)"
        R"("gsnr":null,"layers":[],"convolutions":[]})");
}

TEST_CASE("metrics: scores are named after their metric") {
  EpochMetrics map = third;
  map.metric = Metric::map11;
  map.train_score = not_measured;
  CHECK(csv_header(Metric::map11) ==
        "epoch,train_loss,train_map11,test_loss,test_map11,learning_rate,seconds,"
        "images_per_second,peak_mib,gsnr");
  const std::string line = json_line({map, {}});
  CHECK(line.find(R"("train_map11":null,"test_loss":0.30000000000000004,"test_map11":59.0)") !=
        line.npos);
  const auto records = parse_json_lines(line, "metrics.jsonl");
  REQUIRE(records.size() == 1);
  CHECK(records[0].metrics.metric == Metric::map11);
  CHECK(same(records[0].metrics, map));
  CHECK(said_about(with(line, "test_map11", "test_top1")) != "");
}

TEST_CASE("metrics: what was written is read back bit by bit") {
  EpochMetrics odd = third;
  odd.epoch = 1'000'000'000;
  odd.train_loss = std::numeric_limits<double>::denorm_min();
  odd.train_score = std::numeric_limits<double>::max();
  odd.test_loss = 1.0 / 3;
  odd.test_score = not_measured;
  LayerTelemetry named = layer;
  named.layer = "a \"b\"\n\\ \xc3\xa9";
  named.agreement = not_measured;
  const std::string text = json_line({third, {layer, named}, {convolution}}) + '\n' +
                           json_line({odd}) + '\n' + json_line({third});
  for (const char* end : {"", "\n"}) {
    const std::vector<EpochRecord> records = parse_json_lines(text + end, "metrics.jsonl");
    REQUIRE(records.size() == 3);
    CHECK(same(records[0].metrics, third));
    CHECK(same(records[1].metrics, odd));
    CHECK(same(records[2].metrics, third));
    REQUIRE(records[0].layers.size() == 2);
    CHECK(same(records[0].layers[0], layer));
    CHECK(same(records[0].layers[1], named));
    CHECK(records[1].layers.empty());
    REQUIRE(records[0].convolutions.size() == 1);
    CHECK(records[0].convolutions[0].layer == "conv1");
    CHECK(records[0].convolutions[0].gsnr == 0.125);
  }
  CHECK(parse_json_lines("", "metrics.jsonl").empty());
}

TEST_CASE("metrics: lines of earlier versions are read") {
  std::string line = json_line({third, {layer}});
  for (const char* later :
       {R"(,"gsnr":0.0625)", R"(,"flux":2e-07,"flux_kept":0.875)", R"(,"convolutions":[])"})
    line = with(line, later, "");
  const auto records = parse_json_lines(line, "metrics.jsonl");
  REQUIRE(records.size() == 1);
  CHECK(records[0].metrics.peak_mib == third.peak_mib);
  CHECK(std::isnan(records[0].metrics.gsnr));
  CHECK(records[0].layers[0].border_kept == layer.border_kept);
  CHECK(std::isnan(records[0].layers[0].flux));
}

TEST_CASE("metrics: each bad line is named") {
  const std::string good = json_line({third, {layer}}), line = good + '\n';
  const auto second = [](const std::string& what) {
    return "metrics.jsonl, line 2: " + what + "; remove this line and those after it";
  };
  CHECK(said_about(line + "{\"epoch\":3,") == second("byte 12 is not valid JSON"));
  CHECK(said_about(line + "\n" + line) == second("byte 1 is not valid JSON"));
  CHECK(said_about(line + good + std::string(3, '\0')) ==
        second("byte " + std::to_string(good.size() + 1) + " is zero"));
  CHECK(said_about(line + "[]") == second("expected an object"));
  CHECK(said_about(line + "{}") == second("has no epoch"));
  CHECK(said_about(line + with(good, "\"seconds\":12.5,", "")) == second("has no seconds"));
  CHECK(said_about(line + with(good, "\"norm\":0.0001,", "")) == second("has no norm"));
  CHECK(said_about(line + with(good, "test_loss", "test_lost")) ==
        second("unknown key \"test_lost\", the nearest known is test_loss"));
  CHECK(said_about(line + with(good, "12.5", "\"12.5\"")) ==
        second("seconds: expected a number or null"));
  for (const char* epoch : {"-1", "1.5", "null", "1000000001", "18446744073709551616"})
    CHECK(said_about(line + with(good, "\"epoch\":3", std::string("\"epoch\":") + epoch)) ==
          second("epoch: expected an integer from 0 to 1000000000"));
  CHECK(said_about(line + with(good, "\"layer1.0\"", "1")) == second("layer: expected a string"));
  CHECK(said_about(line + with(good, "12.5", "1e999")) == second("a number is out of range"));
  CHECK(said_about(line + with(good, "\"convolutions\":[]", "\"convolutions\":{}")) ==
        second("convolutions: expected a list"));
  CHECK(said_about(line + with(good, "\"norm\"", "\"norm\":1,\"norm\"")) ==
        second("a key stands twice"));
  CHECK(said_about(line + with(good, "12.5", "[[[[[[1]]]]]]")) ==
        second("nested deeper than an epoch is"));
}
