// lienet saliency: the files it leaves behind.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "narrow_network.h"
#include "temporary_directory.h"
#include "tools/lienet/saliency_run.h"
#include "tools/pictures/canvas.h"

using namespace lienet;
using namespace lienet::commands;
using test::Contains;
using test::get;
using test::message_of;
using test::narrow_network;
using test::TemporaryDirectory;

namespace {

std::vector<float> npy_values(const std::filesystem::path& file) {
  const std::string bytes = get(file);
  const size_t begin = bytes.find('\n') + 1;
  std::vector<float> values((bytes.size() - begin) / 4);
  std::memcpy(values.data(), bytes.data() + begin, bytes.size() - begin);
  return values;
}

ImageInputs some_shapes(int64_t count) {
  Shapes100 shapes = make_shapes100({.train = 1, .test = count});
  ImageInputs p;
  p.set = std::make_shared<const ImageSet>(std::move(shapes.test));
  p.labelled = true;
  p.count = count;
  for (size_t i = 0; i < shapes.test_boxes.size(); ++i)
    p.objects.push_back({{.label = p.set->labels[i], .box = shapes.test_boxes[i]}});
  p.total = count;
  p.name = "shapes100 test";
  return p;
}

// Runs it; the lines.
std::vector<nlohmann::json> look(const ImageInputs& pictures, SaliencyRunOptions options) {
  Context ctx({.threads = 1, .seed = 3});
  ResNet model(ctx, narrow_network.options());
  SaliencyRun run(ctx, model, narrow_network, pictures, options);
  std::vector<nlohmann::json> lines;
  run.all([&](const std::string& line) { lines.push_back(nlohmann::json::parse(line)); });
  run.finish();
  return lines;
}

}  // namespace

TEST_CASE("saliency: a picture, the maps and a line for each image, whatever the batch") {
  const TemporaryDirectory dir;
  const ImageInputs pictures = some_shapes(3);
  const auto lines =
      look(pictures, {.options = {}, .which = "label", .out = dir / "a", .batch = 2});
  look(pictures, {.options = {}, .which = "label", .out = dir / "b", .batch = 64});
  REQUIRE(lines.size() == 3);
  for (const auto& line : lines) {
    CHECK(line.at("class") == line.at("label"));
    CHECK(get(dir / "a" / line.at("picture")).substr(1, 3) == "PNG");
    CHECK(line.at("maps").size() == 6);
    for (const auto& [method, map] : line.at("maps").items()) {
      const std::vector<float> values = npy_values(dir / "a" / map.at("file"));
      REQUIRE(values.size() == 32 * 32);
      CHECK(*std::max_element(values.begin(), values.end()) == map.at("max").get<float>());
      CHECK(values == npy_values(dir / "b" / map.at("file")));
      CHECK(map.at("iou").get<double>() >= 0);
    }
  }
  CHECK(get(dir / "a" / "index.html") == Contains("Centre box"));
  CHECK(get(dir / "a" / "grid.png").substr(1, 3) == "PNG");
  const std::string jsonl = get(dir / "a" / "images.jsonl");
  CHECK(std::count(jsonl.begin(), jsonl.end(), '\n') == 3);
}

TEST_CASE("saliency: a picture of any size gets its map where the network looked") {
  const TemporaryDirectory dir;
  Canvas canvas(30, 50, {10, 200, 90});
  canvas.fill({5, 20, 12, 9}, {200, 30, 40});
  test::put(dir / "grid.png", canvas.png());
  ImageSet set;
  set.name = "dog";
  set.height = set.width = 16;
  set.shorter = 20;
  set.classes = 100;
  set.folder = dir.path();
  set.files = {"grid.png"};
  set.labels = {0};
  ImageInputs pictures;
  pictures.set = std::make_shared<const ImageSet>(set);
  pictures.count = 1;
  const auto lines =
      look(pictures, {.options = {}, .which = "striped star", .out = dir / "out", .batch = 8});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].at("class_name") == "striped star");
  CHECK(lines[0].at("picture") == "grid.png");
  CHECK(get(dir / "out" / "grid.png").size() > 4000);  // its own, not one of several
  const std::vector<float> map = npy_values(dir / "out" / "grid.li_map.npy");
  REQUIRE(map.size() == 30 * 50);
  const auto seen = std::count_if(map.begin(), map.end(), [](float v) { return !std::isnan(v); });
  CHECK(seen == 24 * 24);  // 16 of 20 pixels, 1.5 of the image's each
}

TEST_CASE("saliency: deletion and insertion go between the image and the baseline") {
  const TemporaryDirectory dir;
  const ImageInputs pictures = some_shapes(2);
  for (const std::string baseline : {"black", "mean", "blur"}) {
    SaliencyRunOptions options{.options = {}, .which = "top1", .out = dir / baseline};
    options.options.methods = {SaliencyMethod::li_map, SaliencyMethod::input_grad};
    options.curves = baseline;
    for (const auto& line : look(pictures, options))
      for (const auto& [method, map] : line.at("maps").items()) {
        CHECK(map.at("deletion").get<double>() > 0);
        CHECK(map.at("deletion").get<double>() < 1);
        CHECK(map.at("insertion").get<double>() > 0);
        CHECK(map.at("insertion") != map.at("deletion"));
      }
    CHECK(get(dir / baseline / "index.html") == Contains("replaced by: " + baseline));
  }
}

TEST_CASE("saliency: a class beyond the data's has a number") {
  const TemporaryDirectory dir;
  ImageInputs pictures = some_shapes(1);
  ImageSet set = *pictures.set;
  set.classes = 2;
  set.class_names = {"cat", "dog"};
  set.labels = {1};
  pictures.set = std::make_shared<const ImageSet>(set);
  const auto lines = look(pictures, {.options = {}, .which = "57", .out = dir / "out"});
  CHECK(lines[0].at("class_name") == "class 57");
  CHECK(lines[0].at("label_name") == "dog");
}

TEST_CASE("saliency: no image that is read is written over; names need not be UTF-8") {
  const TemporaryDirectory dir;
  const std::string png = Canvas(8, 8, {10, 200, 90}).png();
  ImageSet set;
  set.name = "dog";
  set.height = set.width = 8;
  set.classes = 100;
  set.folder = dir.path();
  set.files = {"dog.png"};
  set.labels = {0};
  const auto look_at = [&](const std::filesystem::path& out) {
    ImageInputs pictures;
    pictures.set = std::make_shared<const ImageSet>(set);
    pictures.count = pictures.set->size();
    return look(pictures, {.options = {}, .which = "top1", .out = out});
  };
  test::put(dir / "dog.png", png);
  const std::string refusal = ": is an image that is read; choose another --out";
  CHECK(message_of([&] { look_at(dir.path()); }) == (dir / "dog.png").string() + refusal);
  CHECK(message_of([&] { look_at(dir / "none" / ".."); }) == Contains(refusal));
  CHECK(get(dir / "dog.png") == png);
  set.files = {"dog.png", "grid.png"};
  set.labels = {0, 0};
  test::put(dir / "grid.png", png);
  CHECK(message_of([&] { look_at(dir.path()); }) == (dir / "grid.png").string() + refusal);
  set.files = {"\xff.png"};
  set.labels = {0};
  test::put(dir / "\xff.png", png);
  CHECK(look_at(dir / "out")[0].at("picture") == "\uFFFD.png");
}

TEST_CASE("saliency: networks of several classes are scored by the sigmoid") {
  Context ctx({.threads = 1, .seed = 3});
  ResNet model(ctx, narrow_network.options());
  const ImageInputs pictures = some_shapes(1);
  const Tensor pixels = pixels_of(ctx, *pictures.set, 0, 1);
  Tensor ranks = ctx.empty({1, 1, 32, 32}, DType::f32);
  fill(ctx, ranks, 1);
  const auto deletion = [&](Metric metric) {
    return Replacement(ctx, model, pixels, narrow_network.stats, {7}, "black", metric)
        .areas(ranks, 2)[0]
        .deletion;
  };
  CHECK(deletion(Metric::top1) < 0.1);
  CHECK(deletion(Metric::map11) > 0.2);
  ModelDescription voc = narrow_network;
  voc.dataset = "voc2007";
  CHECK(metric_of(pictures, voc) == Metric::map11);
  CHECK(metric_of(pictures, narrow_network) == Metric::top1);
}

TEST_CASE("saliency: a class that is not there") {
  const TemporaryDirectory dir;
  const ImageInputs pictures = some_shapes(1);
  const auto refused = [&](const std::string& which, const ImageInputs& p) {
    return message_of([&] { look(p, {.options = {}, .which = which, .out = dir / "x"}); });
  };
  CHECK(refused("striped starr", pictures) ==
        "--class striped starr: not known; did you mean striped star?");
  CHECK(refused("100", pictures) == "--class 100: expected 0 to 99");
  CHECK(refused("-1", pictures) == "--class -1: expected 0 to 99");
  ImageInputs unlabelled = pictures;
  unlabelled.labelled = false;
  CHECK(refused("label", unlabelled) == Contains("have no labels"));
}
