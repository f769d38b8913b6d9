#include "tools/training/watch_files.h"

#include <doctest/doctest.h>

#include "engine/safetensors.h"
#include "png_chunks.h"
#include "temporary_directory.h"
#include "tools/pictures/png.h"

using namespace lienet;
namespace fs = std::filesystem;
using test::Contains;
using test::get;
using test::message_of;
using test::put;
using test::TemporaryDirectory;

namespace {

void add(const WatchFiles& files, int64_t epoch, int64_t width = 2) {
  const std::vector<uint8_t> rgb(static_cast<size_t>(3 * width), static_cast<uint8_t>(epoch));
  files.add(epoch, png_of(rgb, 1, width), {}, {{"layer1.0", std::to_string(epoch)}});
}

int frames(const WatchFiles& files) {
  return test::count_chunks(get(files.animation()), "fcTL");
}

}  // namespace

TEST_CASE("watch files: an epoch's picture, its maps, and the animation so far") {
  const TemporaryDirectory dir;
  const WatchFiles files(dir.path());
  CHECK(files.epochs().empty());
  CHECK(!files.pictures());
  CHECK(!files.first_metadata());
  for (const int64_t epoch : {1, 2, 3}) {
    add(files, epoch);
    CHECK(frames(files) == epoch);
  }
  CHECK(files.picture(3) == dir / "watch" / "epoch-003.png");
  CHECK(files.maps(1000) == dir / "watch" / "epoch-1000.safetensors");
  put(dir / "watch" / "epoch-x.png", "not ours");
  put(dir / "watch" / "epoch-.png", "not ours");
  put(dir / "watch" / "epoch-4.png", "not ours");
  put(dir / "watch" / "5.png", "not ours");
  CHECK(files.epochs() == std::vector<int64_t>{1, 2, 3});
  CHECK(files.first_metadata()->at("layer1.0") == "1");
  CHECK(SafetensorsFile::open(files.maps(3)).metadata().at("layer1.0") == "3");
  const auto pictures = files.pictures();
  REQUIRE(pictures);
  CHECK(pictures->epoch == 3);
  CHECK(pictures->latest == get(files.picture(3)));
  CHECK(pictures->animation == get(files.animation()));
}

TEST_CASE("watch files: rewinding forgets what is later") {
  const TemporaryDirectory dir;
  const WatchFiles files(dir.path());
  files.rewind(0);
  add(files, 1);
  add(files, 2);
  const std::string two = get(files.animation());
  add(files, 3);
  files.rewind(3);
  CHECK(frames(files) == 3);
  files.rewind(2);
  CHECK(files.epochs() == std::vector<int64_t>{1, 2});
  CHECK(!fs::exists(files.maps(3)));
  CHECK(get(files.animation()) == two);
  put(files.maps(3), "of a run that died before it wrote the picture");
  files.rewind(2);
  CHECK(!fs::exists(files.maps(3)));
  CHECK(get(files.animation()) == two);
  files.rewind(0);
  CHECK(files.epochs().empty());
  CHECK(!fs::exists(files.animation()));
}

TEST_CASE("watch files: a long training's animation has some of its epochs, the ends among them") {
  const TemporaryDirectory dir;
  const WatchFiles files(dir.path());
  add(files, 1);
  for (int64_t epoch = 2; epoch <= 32; ++epoch) put(files.picture(epoch), get(files.picture(1)));
  add(files, 33);
  CHECK(frames(files) == 30);
  const auto data_of = [&](const std::string& file, const std::string& type) {
    std::string last;
    for (const auto& chunk : test::png_chunks(file))
      if (chunk.type == type) last = chunk.data;
    return last;
  };
  const std::string animation = get(files.animation());
  CHECK(data_of(animation, "IDAT") == data_of(get(files.picture(1)), "IDAT"));
  CHECK(data_of(animation, "fdAT").substr(4) == data_of(get(files.picture(33)), "IDAT"));
}

TEST_CASE("watch files: a damaged picture is named") {
  const TemporaryDirectory dir;
  const WatchFiles files(dir.path());
  add(files, 1);
  put(files.picture(1), "x");
  CHECK(message_of([&] { add(files, 2); }) == files.picture(1).string() + ": not a PNG");
}
