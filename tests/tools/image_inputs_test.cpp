// What commands look at: files, folders, data sets, and those that a network was trained on.
#include "tools/lienet/image_inputs.h"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>

#include "engine/file.h"
#include "image_files.h"
#include "tools/lienet/options.h"
#include "tools/lienet/picture_records.h"
#include "two_networks.h"

using namespace lienet;
using namespace lienet::commands;
using test::Contains;
using test::message_of;

namespace fs = std::filesystem;

namespace {

// What the words of a command line lead to.
ImageInputs found(Network& network, std::vector<std::string> words) {
  CLI::App command;
  ImageInputOptions options;
  add_image_input_options(&command, options);
  std::reverse(words.begin(), words.end());
  command.parse(words);
  return find_images(command, options, network);
}

void put_image(const fs::path& file) {
  fs::create_directories(file.parent_path());
  test::put(file, test::png_file(test::flat_image(5, 6, 10, 20, 30)));
}

}  // namespace

TEST_CASE("image inputs: a file, and a folder with those below it, sorted, without hidden ones") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  const test::TemporaryDirectory dir;
  for (const char* file : {"b.PNG", "a/b.png", "a/b/c.png", ".hidden/d.png", ".e.png"})
    put_image(dir / file);
  test::put(dir / "notes.txt", "no picture");
  const ImageInputs all = found(two.networks[0], {dir.path()});
  CHECK(all.set->files == std::vector<std::string>{"a/b.png", "a/b/c.png", "b.PNG"});
  CHECK(!all.labelled);
  CHECK(all.set->classes == 100);
  CHECK(all.set->height == 32);  // by the stem
  CHECK(all.file_stem(1) == "00001-a-b-c");
  const ImageInputs some =
      found(two.networks[0], {dir.path(), "--images", "2", "--image-size", "16"});
  CHECK(some.count == 2);
  CHECK(some.total == 3);
  CHECK(some.set->height == 16);
  const ImageInputs one = found(two.networks[0], {dir / "b.PNG"});
  CHECK(one.count == 1);
  CHECK(one.file_stem(0) == "b");
  const auto refused = [&](std::vector<std::string> words) {
    return message_of([&] { found(two.networks[0], words); });
  };
  CHECK(refused({"shapes10"}) ==
        "shapes10: neither a file, a folder nor a data set; did you mean shapes100?");
  CHECK(message_of([&] { open_network(ctx, {.weights = ""}); }) ==
        "--weights: expected a file or a run's directory");
  CHECK(refused({"--images=-1"}) == "--images -1: expected 0 or more");
  fs::create_directory(dir / "empty");
  CHECK(refused({dir / "empty"}) == Contains("there is no .jpg, .jpeg or .png in it"));
}

TEST_CASE("image inputs: the data of the network's training, where the words say nothing else") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  const test::TemporaryDirectory dir;
  write_shapes100(make_shapes100({.train = 12, .test = 9, .threads = 1}), dir / "shapes");
  write_shapes100(make_shapes100({.train = 12, .test = 8, .threads = 1}), dir / "others");
  const auto folder = two.folder("run");
  fs::copy_file(two.path("a"), folder / "best.safetensors");
  TrainConfig config;
  config.dataset = "shapes100";
  config.data = dir / "shapes";
  config.train = 6;
  config.test = 7;
  write_atomically(folder / "config.json", to_json(config));
  Network network = open_network(ctx, {.weights = folder});
  const ImageInputs all = found(network, {});
  CHECK(all.name == "shapes100 test");
  CHECK(all.labelled);
  CHECK(all.count == 7);
  CHECK(all.objects.size() == 7);
  const ImageInputs some = found(network, {"--images", "3"});
  CHECK(some.count == 3);
  CHECK(some.total == 7);
  CHECK(some.objects.size() == 3);
  CHECK(found(network, {"--train-set"}).count == 6);
  CHECK(found(network, {"--test", "5"}).count == 5);
  const std::string others = dir / "others";
  CHECK(found(network, {"--data", others}).count == 7);
  CHECK(found(network, {"--data", others, "--test", "0"}).count == 8);
  CHECK(found(network, {"shapes100", "--data", others}).count == 8);
  // Weights without a run say the data set's name.
  CHECK(found(two.networks[0], {"--data", others}).count == 8);
}

TEST_CASE("image inputs: weights of elsewhere are tested as the data set's images are normalised") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  const test::TemporaryDirectory dir;
  write_shapes100(make_shapes100({.train = 12, .test = 8, .threads = 1}), dir / "shapes");
  save_safetensors(dir / "w", two.networks[0].model->state());
  Network network =
      open_network(ctx, {.weights = dir / "w", .model = "resnet20", .stem = "cifar", .width = 4});
  CHECK(network.description.stats.mean == cifar100_stats.mean);
  const std::string data = dir / "shapes";
  const ImageInputs pictures = found(network, {"shapes100", "--data", data});
  REQUIRE(pictures.stats);
  CHECK(network.description.stats.mean == pictures.stats->mean);
  CHECK(network.description.stats.mean != cifar100_stats.mean);
  found(two.networks[0], {"shapes100", "--data", data});
  CHECK(two.networks[0].description.stats.mean == test::narrow_network.stats.mean);
}

TEST_CASE("image inputs: a page has 200 of them, images.jsonl all") {
  Context ctx({.threads = 1, .seed = 3});
  test::TwoNetworks two(ctx);
  two.draw(1);
  two.pictures.total = 203;
  const auto out = two.folder("out");
  PictureRecords records(two.pictures, test::narrow_network, out);
  for (int i = 0; i < 203; ++i) {
    PictureRecord record;
    record.line["index"] = i;
    record.item.heading = "image " + std::to_string(i);
    if (i == 0) record.picture.emplace().image = two.pictures.set->view(0);
    CHECK(records.add(std::move(record)) == "{\"index\":" + std::to_string(i) + "}");
  }
  records.write({});
  const std::string lines = test::get(out / "images.jsonl"), page = test::get(out / "index.html");
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 203);
  CHECK(page == Contains("The first 200 of 203 images; images.jsonl has all."));
  CHECK(page == Contains("image 199"));
  CHECK(page != Contains("image 200"));
}
