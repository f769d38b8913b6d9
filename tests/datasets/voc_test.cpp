#include "datasets/voc.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "datasets/loader.h"
#include "datasets/open.h"
#include "voc_folder.h"

using namespace lienet;
using test::Contains;
using test::message_of;
namespace fs = std::filesystem;

namespace {

const Image picture = test::smooth_image(40, 50);

struct Small : test::VocFolder {
  Small() {
    add("trainval", "000001", picture, {{"dog", 1, 1, 50, 40}, {"person", 5, 6, 7, 8, true}});
    add("trainval", "000002", picture, {{"cat", 3, 3, 9, 9, true}, {"cat", 1, 1, 4, 4}});
    add("trainval", "000003", picture, {});
    add("test", "000004", picture, {{"tvmonitor", 2, 2, 3, 3}, {"aeroplane", 1, 1, 2, 2}});
  }
  AnnotatedImages read(const std::string& list = "trainval") const {
    return read_voc(dir().path(), list, {.side = 16, .shorter = 16});
  }
  std::string refused(const std::string& list = "trainval") const {
    return message_of([&] { read(list); });
  }
  fs::path xml(const std::string& id) const { return root() / "Annotations" / (id + ".xml"); }
};

}  // namespace

TEST_CASE("voc: images, boxes and tags") {
  const Small folder;
  const auto [set, objects] = folder.read();
  CHECK(std::is_sorted(voc_class_names().begin(), voc_class_names().end()));
  CHECK(set.classes == 20);
  CHECK(set.files == std::vector<std::string>{"000001.jpg", "000002.jpg", "000003.jpg"});
  constexpr int cat = 7, dog = 11, person = 14;
  CHECK(objects[0] ==
        std::vector<ObjectBox>{{dog, {0, 0, 49, 39}, false}, {person, {4, 5, 6, 7}, true}});
  CHECK(objects[2].empty());
  const auto tag = [&](int image, int label) { return int{set.tags[size_t(image * 20 + label)]}; };
  CHECK(tag(0, dog) == 1);
  CHECK(tag(0, person) == -1);  // difficult alone: left open
  CHECK(tag(0, cat) == 0);
  CHECK(tag(1, cat) == 1);  // one of two is not difficult
  CHECK(std::count(set.tags.begin(), set.tags.end(), 0) == 57);
  CHECK(set.labels == std::vector<int32_t>{dog, cat, 0});
  CHECK(folder.read("test").images.labels == std::vector<int32_t>{0});
}

TEST_CASE("voc: its tags are the loader's targets") {
  const Small folder;
  const auto set = std::make_shared<const ImageSet>(folder.read().images);
  Loader loader(set, {.batch = 3, .stats = imagenet_stats});
  loader.start(0);
  const auto batch = loader.next();
  REQUIRE(batch);
  REQUIRE(batch->targets.shape() == Shape{3, 20});
  CHECK(std::equal(set->tags.begin(), set->tags.end(), batch->targets.data<float>()));
  CHECK(message_of([&] { Loader(set, {.mix = {.mixup = 1}}); }) == Contains("cannot be mixed"));
}

TEST_CASE("voc: opened by its name, from any of its folders") {
  const Small folder;
  for (const fs::path& path : {folder.dir().path(), folder.dir() / "VOCdevkit", folder.root()}) {
    const DataSet data = open_data({.name = "voc2007", .path = path});
    CHECK(data.train->name == "voc2007 trainval");
    CHECK(data.train->size() == 3);
    CHECK(data.test->name == "voc2007 test");
    CHECK(data.test_objects.size() == 1);
    CHECK(data.stats.mean == imagenet_stats.mean);
  }
  const std::string before = open_data({.name = "voc2007", .path = folder.root()}).hash;
  folder.add("test", "000005", picture, {{"dog", 1, 1, 2, 2}});
  const DataSet more = open_data({.name = "voc2007", .path = folder.root()});
  CHECK(more.hash != before);
  const DataSet some = open_data({.name = "voc2007", .path = folder.root(), .test_limit = 1});
  CHECK(some.test->tags.size() == 20);
  CHECK(some.test_objects.size() == 1);
  // Without the test archive.
  fs::remove(folder.root() / "ImageSets" / "Main" / "test.txt");
  folder.add("train", "000006", picture, {});
  folder.add("val", "000007", picture, {});
  CHECK(open_data({.name = "voc2007", .path = folder.root()}).test->name == "voc2007 val");
}

TEST_CASE("voc: what is wrong is one line") {
  const Small folder;
  const std::string root = folder.root().string();
  CHECK(folder.refused("none") == root +
                                      "/ImageSets/Main/none.txt: cannot be read: No such file "
                                      "or directory");
  test::put(folder.root() / "ImageSets/Main/bad.txt", "000001\n../../../etc/passwd\n");
  CHECK(folder.refused("bad") == root +
                                     "/ImageSets/Main/bad.txt: line 2: \"../../../etc/passwd\" "
                                     "is not the name of an image, as 000005");
  test::put(folder.root() / "ImageSets/Main/empty.txt", "\r\n\n");
  CHECK(folder.refused("empty") == Contains("empty.txt: names no images"));
  const std::string good = test::get(folder.xml("000001"));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    test::put(folder.xml("000001"), text.replace(text.find(from), from.size(), to));
    return folder.refused();
  };
  CHECK(with("<name>dog", "<name>dgo") ==
        folder.xml("000001").string() +
            ": class \"dgo\" is not known; the nearest of VOC's is dog");
  CHECK(with("000001.jpg", "../../x.jpg") ==
        folder.xml("000001").string() + ": is the annotation of \"../../x.jpg\", not of 000001");
  CHECK(with("<xmax>50<", "<xmax>51<") == Contains("outside of 1 to 50"));
  test::put(folder.xml("000001"), good);
  fs::remove(folder.root() / "JPEGImages/000002.jpg");
  CHECK(folder.refused() == root + "/JPEGImages/000002.jpg: is missing; trainval.txt names it");
  fs::remove(folder.xml("000002"));
  CHECK(folder.refused() == Contains("000002.xml: cannot be read: No such file"));
  CHECK(message_of([&] { read_voc(folder.root() / "JPEGImages", "test"); }) ==
        Contains("has no Annotations, VOC2007 or VOCdevkit"));
}
