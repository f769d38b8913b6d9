#include "datasets/image_folder.h"

#include <doctest/doctest.h>

#include "datasets/loader.h"
#include "image_files.h"
#include "temporary_directory.h"

using namespace lienet;
using test::Contains;
using test::message_of;
namespace fs = std::filesystem;

namespace {

// Two classes, "ant" and "bee"; pictures of many sizes and both formats.
struct Pictures {
  test::TemporaryDirectory dir;
  Pictures() {
    for (const char* split : {"train", "val"})
      for (const char* name : {"bee", "ant"}) fs::create_directories(dir / split / name);
    for (int i = 0; i < 6; ++i) {
      const std::string number = std::to_string(i);
      const Image image = test::noise_image(20 + 3 * i, 31 - 2 * i);
      test::put(dir / "train" / "bee" / (number + ".JPEG"), test::jpeg_of(image));
      test::put(dir / "train" / "ant" / (number + ".png"), test::png_file(image));
    }
    for (const char* name : {"ant", "bee"})
      test::put(dir / "val" / name / "0.jpg", test::jpeg_of(test::smooth_image(40, 80)));
    test::put(dir / "train" / "ant" / ".hidden.jpg", "not an image");
    test::put(dir / "train" / "ant" / "notes.txt", "not an image");
    test::put(dir / "train" / "README", "not a class");
  }
  ImageSet read(Split split) const {
    return read_image_folder(dir.path(), split, {.side = 16, .shorter = 20});
  }
  std::string refused(Split split = Split::train) const {
    return message_of([&] { read(split); });
  }
};

}  // namespace

TEST_CASE("image_folder: classes and images in order") {
  const Pictures pictures;
  const ImageSet train = pictures.read(Split::train), val = pictures.read(Split::test);
  CHECK(train.class_names == std::vector<std::string>{"ant", "bee"});
  CHECK(train.classes == 2);
  CHECK(train.size() == 12);
  CHECK(train.files[0] == "ant/0.png");
  CHECK(train.files[6] == "bee/0.JPEG");
  CHECK(train.labels == std::vector<int32_t>{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1});
  CHECK(val.labels == std::vector<int32_t>{0, 1});
  CHECK(val.name == pictures.dir.path().filename().string() + " val");
  CHECK(train.original(1).pixels == test::noise_image(23, 29).pixels);
}

TEST_CASE("image_folder: the view of a test") {
  const Pictures pictures;
  ImageSet val = pictures.read(Split::test);
  const Image whole = val.original(0), view = val.view(0);
  CHECK(whole.height == 40);
  CHECK(view.pixels == centre_crop(resize(whole, 20, 40), 16, 16).pixels);
  val.shorter = 0;
  CHECK(val.view(0).pixels == resize(whole, 16, 16).pixels);
}

TEST_CASE("image_folder: the view of a very thin image, and one that takes too much") {
  const Pictures pictures;
  const fs::path file = pictures.dir / "val" / "ant" / "0.jpg";
  test::put(file, test::png_file(test::flat_image(1, 300'000, 3, 5, 7)));
  ImageSet val = pictures.read(Split::test);
  val.height = val.width = 224;
  val.shorter = 256;
  CHECK(val.view(0).pixels == test::flat_image(224, 224, 3, 5, 7).pixels);
  test::put(file, test::png_file(test::flat_image(300'000, 1, 3, 5, 7)));
  val.height = val.width = 4096;
  val.shorter = 0;
  CHECK(message_of([&] { val.view(0); }) ==
        file.string() +
            ": resize: 300000x4096 pixels are too many on the way from 300000x1 to 4096x4096");
}

TEST_CASE("image_folder: batches do not depend on the number of workers") {
  const Pictures pictures;
  const auto set = std::make_shared<const ImageSet>(pictures.read(Split::train));
  const auto epoch = [&](int workers, uint32_t number) {
    Loader loader(set, {.batch = 5,
                        .shuffle = true,
                        .workers = workers,
                        .seed = 3,
                        .augment = {.flip = true, .crop = 0.08},
                        .stats = imagenet_stats});
    loader.start(number);
    std::vector<float> all;
    while (auto batch = loader.next()) {
      const float* p = batch->images.data<float>();
      all.insert(all.end(), p, p + batch->images.size());
    }
    return all;
  };
  const auto first = epoch(0, 0);
  CHECK(first.size() == 12 * 3 * 16 * 16);
  CHECK(first == epoch(1, 0));
  CHECK(first == epoch(3, 0));
  CHECK(first != epoch(0, 1));
}

TEST_CASE("image_folder: an image that cannot be read is named by its loader") {
  const Pictures pictures;
  test::put(pictures.dir / "train" / "bee" / "2.JPEG", "");
  Loader loader(std::make_shared<const ImageSet>(pictures.read(Split::train)),
                {.batch = 12, .workers = 2});
  loader.start(0);
  CHECK(message_of([&] { loader.next(); }) == (pictures.dir / "train" / "bee" / "2.JPEG").string() +
                                                  ": is empty; expected a JPEG or PNG image");
}

TEST_CASE("image_folder: folders of another kind are one line each") {
  const Pictures pictures;
  const fs::path root = pictures.dir.path();
  CHECK(message_of([&] { read_image_folder(root / "none", Split::train); }) ==
        (root / "none").string() + ": there is no such folder");
  CHECK(message_of([&] { read_image_folder(root / "train", Split::train); }) ==
        (root / "train").string() +
            ": has no folders train and val; expected train/CLASS/*.jpg and val/CLASS/*.jpg");
  CHECK(is_image_folder(root));
  CHECK(!is_image_folder(root / "train"));
  fs::create_directories(root / "val" / "wasp");
  CHECK(pictures.refused(Split::test) == Contains("val/wasp: is no class of "));
  fs::create_directories(root / "train" / "wasp");
  CHECK(pictures.refused() == Contains("train/wasp: has no images (.jpg, .jpeg, .png)"));
  fs::remove_all(root / "train");
  fs::create_directories(root / "train");
  CHECK(pictures.refused() ==
        (root / "train").string() + ": has no folders of classes; expected CLASS/*.jpg");
  CHECK(message_of([] { check_pictures({.side = 224, .shorter = 200}); }) ==
        "images are resized to 200 pixels; expected 224 (what is cut out of them) to 4096");
  CHECK(message_of([] { check_pictures({.side = 0}); }) == Contains("expected 8 to 4096"));
}

TEST_CASE("random_crop: windows of the asked-for share, inside") {
  Image image{40, 60, {}};  // each pixel tells its place
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < 40; ++y)
      for (int x = 0; x < 60; ++x) image.pixels.push_back(static_cast<uint8_t>(c ? 4 * x : 6 * y));
  double smallest = 1, largest = 0;
  for (uint32_t i = 0; i < 200; ++i) {
    Random random({.seed = i, .use = RandomUse::augment});
    const Image out = random_crop(image, 0.25, 8, 8, random);
    REQUIRE(out.pixels.size() == 3 * 64);
    // Centres of the outermost output pixels are 7/8 of the window apart.
    const double high = (out.pixels[56] - out.pixels[0]) / 6.0 / 7 * 8;
    const double wide = (out.pixels[64 + 7] - out.pixels[64]) / 4.0 / 7 * 8;
    smallest = std::min(smallest, high * wide / 2400);
    largest = std::max(largest, high * wide / 2400);
    CHECK(wide / high > 0.68);
    CHECK(wide / high < 1.46);
  }
  CHECK(smallest > 0.2);
  CHECK(smallest < 0.35);
  CHECK(largest > 0.8);
  // No window of such proportions fits: the middle.
  Random random({.seed = 1, .use = RandomUse::augment});
  const Image strip = test::noise_image(3, 100);
  CHECK(random_crop(strip, 1, 3, 4, random).pixels == centre_crop(strip, 3, 4).pixels);
}
