// shapes100: a data set that the program draws itself, so that everything can be tried without a
// download. 32x32 colour images of one textured object each: 20 outlines (the coarse classes) times
// 5 surfaces make 100 classes, fine label = 5 * outline + surface. Objects vary in place, size,
// proportions, angle, colour and light; they lie on cluttered backgrounds. Surfaces lie nearly
// along their object's axes. Most images are clear; one in five is hazy, grainy and partly covered.
// No outline is the mirror image of another and surfaces have no hand: flips change no label.
//
// A background has one of 100 themes (a hue and a kind of clutter). In the training set the theme
// is the class's own for some of the images, and any for the others; in the test set it never
// depends on the class. A model that looks at the background instead of the object is thus found
// out.
//
// The images are bit-identical everywhere: they are made of integers and of the double operations
// that IEEE 754 defines exactly. Sample i depends on (seed, split, i) alone.
#pragma once

#include <filesystem>

#include "datasets/box.h"
#include "datasets/cifar.h"

namespace lienet {

// Goes up when the same options draw other images than before.
inline constexpr int shapes100_version = 1;

struct Shapes100Options {
  uint64_t seed = 0;
  int64_t train = 50000, test = 10000;      // numbers of images; labels go round: i % 100
  double background_goes_with_class = 0.5;  // share of the training images, 0 to 1
  int threads = 0;                          // 0: as many as the machine has
};

struct Shapes100Sample {
  std::vector<uint8_t> pixels;  // [3, 32, 32]
  int32_t label = 0, coarse_label = 0;
  PixelBox box;  // of the pixels that the object covers by half or more
};

// Draws one image. Throws Error for a share outside 0..1 and a negative index.
Shapes100Sample draw_shapes100(const Shapes100Options& options, Split split, int64_t index);

struct Shapes100 {
  ImageSet train, test;
  std::vector<PixelBox> train_boxes, test_boxes;
};

// Draws both sets. Throws Error for counts or a share that make no sense.
Shapes100 make_shapes100(const Shapes100Options& options);

inline constexpr const char* shapes100_boxes = "boxes.csv";

// Writes CIFAR-100's files (train.bin, test.bin, fine_label_names.txt, coarse_label_names.txt) and
// boxes.csv, with the header split,index,label,xmin,ymin,xmax,ymax and a row for each image: split
// is train or test, index counts the records of that file from 0, the box is a PixelBox.
void write_shapes100(const Shapes100& set, const std::filesystem::path& folder);

// The boxes of one split, in order, out of the boxes.csv of a folder that write_shapes100 wrote.
// Throws Error with file and line for a missing file, another header, a row that is not as written
// above (index out of order, coordinates outside 0..31, an inverted box), and a number of rows that
// is not `count`.
std::vector<PixelBox> read_boxes(const std::filesystem::path& folder, Split split, int64_t count);

// "striped star" (100), and "star" (20).
std::vector<std::string> shapes100_names();
std::vector<std::string> shapes100_coarse_names();

}  // namespace lienet
