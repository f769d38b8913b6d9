// lienet enhance: the files it leaves behind. lienet eval --blur-background: what it counts.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "datasets/loader.h"
#include "tools/lienet/background_run.h"
#include "tools/lienet/enhance_run.h"
#include "two_networks.h"

using namespace lienet;
using namespace lienet::commands;
using test::Contains;
using test::get;
using test::message_of;

namespace {

// The lines of its run, with a network of TwoNetworks.
std::vector<nlohmann::json> enhanced(Context& ctx, const test::TwoNetworks& two,
                                     const ImageInputs& pictures,
                                     const EnhanceRunOptions& options) {
  EnhanceRun run(ctx, *two.networks[0].model, test::narrow_network, pictures, options);
  std::vector<nlohmann::json> lines;
  run.all([&](const std::string& line) { lines.push_back(nlohmann::json::parse(line)); });
  run.finish();
  return lines;
}

// shapes100 with its boxes, as an opened data set has them.
DataSet shapes_with_boxes(int64_t count) {
  Shapes100 drawn = make_shapes100({.train = 1, .test = count, .threads = 1});
  DataSet data;
  for (size_t i = 0; i < drawn.test_boxes.size(); ++i)
    data.test_objects.push_back({{.label = drawn.test.labels[i], .box = drawn.test_boxes[i]}});
  data.test = std::make_shared<const ImageSet>(std::move(drawn.test));
  return data;
}

}  // namespace

TEST_CASE("enhance: a picture and a line for each image, whatever the batch") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(3);
  two.pictures.total = 3;
  for (int n = 0; n < 3; ++n) two.pictures.objects.push_back({{.box = {0, 0, 31, 15}}});
  EnhanceRunOptions options{.options = {.rate = 0.75}, .out = two.folder("out"), .batch = 2};
  const auto lines = enhanced(ctx, two, two.pictures, options);
  REQUIRE(lines.size() == 3);
  for (const auto& line : lines) {
    CHECK(line.at("class") == line.at("label"));
    CHECK(line.at("kept") == 0.25);
    CHECK(line.at("boxes") == 0.5);
    const double inside = line.at("kept_in_boxes");
    CHECK((inside >= 0 && inside <= 1));
    CHECK(get(options.out / line.at("picture")).substr(1, 3) == "PNG");
  }
  CHECK(get(options.out / "index.html") == Contains("In the boxes, of these"));
  CHECK(get(options.out / "grid.png").substr(1, 3) == "PNG");
  options.batch = 64;
  const auto at_once = enhanced(ctx, two, two.pictures, options);
  for (size_t i = 0; i < 3; ++i)
    CHECK(at_once[i].at("kept_in_boxes").get<double>() ==
          doctest::Approx(lines[i].at("kept_in_boxes").get<double>()).epsilon(0.02));
  options.options.rate = 0;  // all is kept, the half that is in the boxes, too
  CHECK(enhanced(ctx, two, two.pictures, options)[0].at("kept_in_boxes") == 0.5);

  ImageInputs unlabelled = two.pictures;
  unlabelled.labelled = false;
  unlabelled.objects.clear();
  for (const auto& line : enhanced(ctx, two, unlabelled, options)) {
    CHECK(line.at("class") == line.at("top1"));
    CHECK(!line.contains("boxes"));
  }
}

TEST_CASE("blurred background: what is in the boxes stays") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  DataSet data = shapes_with_boxes(5);
  Layer& model = *two.networks[0].model;
  Loader loader(data.test, {.batch = 2, .workers = 0, .stats = test::narrow_network.stats});
  const double plain = evaluate(ctx, model, loader).loss;
  const std::vector<double> sigmas{0, 2, 0};
  const auto tests = evaluate_blurred(ctx, model, loader, data, sigmas);
  REQUIRE(tests.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(tests[i].sigma == sigmas[i]);
    CHECK(tests[i].result.images == 5);
    CHECK((tests[i].result.loss == plain) == (sigmas[i] == 0));
  }
  for (auto& objects : data.test_objects) objects.push_back({.label = 0, .box = {0, 0, 31, 31}});
  CHECK(evaluate_blurred(ctx, model, loader, data, sigmas)[1].result.loss == plain);
  data.test_objects.clear();
  CHECK(message_of([&] { evaluate_blurred(ctx, model, loader, data, sigmas); }) ==
        data.test->name + ": no object's place is known, so that there is no background to blur");
}
