#include "datasets/imagenet_boxes.h"

#include <doctest/doctest.h>

#include "datasets/open.h"
#include "image_files.h"
#include "temporary_directory.h"

using namespace lienet;
using test::Contains;
using test::message_of;
namespace fs = std::filesystem;

namespace {

std::string xml(const std::string& name) {
  return "<annotation><filename>x</filename><size><width>24</width><height>20</height></size>"
         "<object><name>" +
         name +
         "</name><bndbox><xmin>0</xmin><ymin>3</ymin><xmax>24</xmax><ymax>19</ymax></bndbox>"
         "</object></annotation>";
}

struct Small {
  test::TemporaryDirectory dir;
  Small() {
    for (const char* split : {"train", "val"})
      for (const char* name : {"n01", "n02"}) {
        fs::create_directories(dir / split / name);
        const std::string file = std::string(name) + "_1.JPEG";
        test::put(dir / split / name / file, test::jpeg_of(test::smooth_image(20, 24)));
      }
  }
  DataSet open(bool boxes = true) const {
    return open_data({.name = "folder", .path = dir.path(), .boxes = boxes});
  }
};

}  // namespace

TEST_CASE("imagenet_boxes: beside a folder of images") {
  const Small folder;
  CHECK(folder.open().test_objects.empty());
  // In ILSVRC's own place, in val alone, and by class.
  for (const fs::path& place : {fs::path("Annotations/CLS-LOC/val"), fs::path("Annotations/val"),
                                fs::path("Annotations/val/n01")}) {
    CAPTURE(place);
    fs::remove_all(folder.dir / "Annotations");
    fs::create_directories(folder.dir.path() / place);
    test::put(folder.dir.path() / place / "n01_1.xml", xml("n01"));
    test::put(
        folder.dir.path() / (place.filename() == "n01" ? place.parent_path() : place) / "n02_1.xml",
        xml("n02"));
    const DataSet data = folder.open();
    REQUIRE(data.test_objects.size() == 2);
    CHECK(data.test_objects[0] == std::vector<ObjectBox>{{0, {0, 3, 23, 19}, false}});
    CHECK(data.test_objects[1] == std::vector<ObjectBox>{{1, {0, 3, 23, 19}, false}});
  }
  CHECK(folder.open(false).test_objects.empty());
}

TEST_CASE("imagenet_boxes: what is wrong is one line") {
  const Small folder;
  fs::create_directories(folder.dir / "Annotations");
  test::put(folder.dir / "Annotations/n01_1.xml", xml("n03"));
  const std::string root = folder.dir.path().string();
  CHECK(message_of([&] { folder.open(); }) ==
        root + "/Annotations/n01_1.xml: class \"n03\" is none of " +
            folder.dir.path().filename().string() + " val's");
  test::put(folder.dir / "Annotations/n01_1.xml", xml("n01"));
  CHECK(message_of([&] { folder.open(); }) == Contains("n02_1.xml: cannot be read: No such file"));
}
