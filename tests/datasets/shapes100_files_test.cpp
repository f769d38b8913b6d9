#include <doctest/doctest.h>

#include "datasets/shapes100.h"
#include "engine/file.h"
#include "temporary_directory.h"

namespace lienet {
namespace {

using test::message_of;
using test::TemporaryDirectory;

const std::string header = "split,index,label,xmin,ymin,xmax,ymax\n";

}  // namespace

TEST_CASE("shapes100: the files are CIFAR-100's, with boxes") {
  const TemporaryDirectory dir;
  const Shapes100 set = make_shapes100({.seed = 3, .train = 4, .test = 2});
  write_shapes100(set, dir.path());
  const ImageSet train = read_cifar(dir.path(), CifarKind::cifar100, Split::train);
  CHECK(train.pixels == set.train.pixels);
  CHECK(train.labels == set.train.labels);
  CHECK(train.coarse_labels == set.train.coarse_labels);
  CHECK(train.class_names == shapes100_names());
  CHECK(train.coarse_class_names == shapes100_coarse_names());
  CHECK(read_boxes(dir.path(), Split::train, 4) == set.train_boxes);
  CHECK(read_boxes(dir.path(), Split::test, 2) == set.test_boxes);
  const PixelBox& b = set.train_boxes[0];
  CHECK(read_file(dir / "boxes.csv", 10'000)
            .starts_with(header + "train,0,0," + std::to_string(b.xmin) + ',' +
                         std::to_string(b.ymin) + ',' + std::to_string(b.xmax) + ',' +
                         std::to_string(b.ymax) + '\n'));
}

TEST_CASE("shapes100: boxes with other line ends and an unfinished last line") {
  const TemporaryDirectory dir;
  std::string csv = header + "test,0,7,0,1,31,2\ntrain,0,1,5,5,5,5\ntest,1,8,3,0,4,31";
  for (size_t at = 0; (at = csv.find('\n', at)) != std::string::npos; at += 2) csv.insert(at, "\r");
  write_atomically(dir / "boxes.csv", csv);
  CHECK(read_boxes(dir.path(), Split::test, 2) ==
        std::vector<PixelBox>{{0, 1, 31, 2}, {3, 0, 4, 31}});
  CHECK(read_boxes(dir.path(), Split::train, 1) == std::vector<PixelBox>{{5, 5, 5, 5}});
}

TEST_CASE("shapes100: each bad boxes.csv has its sentence") {
  const TemporaryDirectory dir;
  const std::string file = (dir / "boxes.csv").string() + ": ";
  const auto says = [&](const std::string& text, int64_t count = 2) {
    write_atomically(dir / "boxes.csv", text);
    return message_of([&] { read_boxes(dir.path(), Split::test, count); });
  };
  const std::string good = "test,0,7,0,1,31,2\n";
  CHECK(message_of([&] { read_boxes(dir.path(), Split::test, 1); }) ==
        file + "cannot be read: No such file or directory");
  const std::string no_header =
                        file + "line 1: expected the header " + header.substr(0, header.size() - 1),
                    no_row =
                        file + "line 3: expected a row of " + header.substr(0, header.size() - 1);
  CHECK(says("") == no_header);
  CHECK(says(good) == no_header);
  CHECK(says("split,index,label\n" + good) == no_header);
  for (const char* row : {"test,1,7,0,1,31", "test,1,7,0,1,31,2,3", "test,1,7,0,1,31,2 ",
                          "test,1,7,,1,31,2", "test,1,7,0.5,1,31,2", "test,1,7, 0,1,31,2",
                          "valid,1,7,0,1,31,2", "", "test", "\n", "test,1,7,0,1,31,99999999999"}) {
    CAPTURE(row);
    CHECK(says(header + good + row + "\n") == no_row);
  }
  for (const char* box : {"-1,0,3,3", "0,-1,3,3", "0,0,32,3", "0,0,3,32", "4,0,3,3", "0,4,3,3"})
    CHECK(says(header + good + "train,0,7," + box + "\n") ==
          file + "line 3: the box " + box + " is inverted or outside 0 to 31");
  CHECK(says(header + good + good) ==
        file + "line 3: index 0, expected 1: the rows of a split are in order");
  CHECK(says(header + good) ==
        file + "line 2: the file ends with 1 test boxes, expected 2, one for each image");
  CHECK(says(header + good, 0) ==
        file + "line 2: the file ends with 1 test boxes, expected 0, one for each image");
}

}  // namespace lienet
