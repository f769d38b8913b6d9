// Labelled images, in memory or in files: what every reader of a data set returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/image.h"

namespace lienet {

// N images, which a network sees in one size. They are in memory as bytes, or in files of any size
// that are decoded whenever they are asked for. A reader fills all of it; who reads may rely on
// every label being in range and on every vector having the length that is stated here.
struct ImageSet {
  std::string name;                // for messages: "cifar100 train"
  int64_t height = 0, width = 0;   // pixels, as a network sees them
  int classes = 0;                 // labels are 0 .. classes-1
  int coarse_classes = 0;          // 0: there are no coarse labels
  std::vector<uint8_t> pixels;     // [N, 3, height, width], planes R, G, B, or empty: in files
  std::filesystem::path folder;    // of the files
  std::vector<std::string> files;  // [N], names in the folder; or empty: in memory
  int64_t shorter = 0;             // files: see view()
  std::vector<int32_t> labels;     // [N]; with tags, the first class that is there, or 0
  // [N, classes] where an image shows any number of classes: 1 there, 0 not, -1 left open; or empty
  std::vector<int8_t> tags;
  std::vector<int32_t> coarse_labels;           // [N], or empty
  std::vector<std::string> class_names;         // [classes], or empty
  std::vector<std::string> coarse_class_names;  // [coarse_classes], or empty

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
  bool in_memory() const { return files.empty(); }
  bool multi_label() const { return !tags.empty(); }
  size_t image_bytes() const { return static_cast<size_t>(3 * height * width); }
  // In memory alone.
  const uint8_t* image(int64_t i) const {
    return pixels.data() + static_cast<size_t>(i) * image_bytes();
  }
  uint8_t* image(int64_t i) { return pixels.data() + static_cast<size_t>(i) * image_bytes(); }

  // Image i in its own size. Throws Error, naming the file, where that cannot be read.
  Image original(int64_t i) const;
  // Image i as a network is tested on it, height x width: of a file, its shorter side resized to
  // `shorter` pixels and the middle cut out; 0: all of it resized, whatever its proportions. Throws
  // Error, naming the file, where that cannot be.
  Image view(int64_t i) const;
};

enum class Split : uint8_t { train, test };
const char* name_of(Split split);  // "train", "test"

// The name of class k where the names have it, else "class 7".
std::string class_name(const std::vector<std::string>& names, int64_t k);

// So many images of a set, or all where it has no more or `count` is 0: of memory the first; of
// files, which are often sorted by their class, some that are evenly spread.
ImageSet part_of(const ImageSet& set, int64_t count);
// Which: places in the set, rising.
std::vector<int64_t> places_of_part(const ImageSet& set, int64_t count);

}  // namespace lienet
