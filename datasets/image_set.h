// Labelled images in memory: what every reader of a data set returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lienet {

// N images of one size, as bytes. A reader fills all of it; who reads may rely on every label being
// in range and on every vector having the length that is stated here.
struct ImageSet {
  std::string name;                             // for messages: "cifar100 train"
  int64_t height = 0, width = 0;                // pixels
  int classes = 0;                              // labels are 0 .. classes-1
  int coarse_classes = 0;                       // 0: there are no coarse labels
  std::vector<uint8_t> pixels;                  // [N, 3, height, width], planes R, G, B
  std::vector<int32_t> labels;                  // [N]
  std::vector<int32_t> coarse_labels;           // [N], or empty
  std::vector<std::string> class_names;         // [classes], or empty
  std::vector<std::string> coarse_class_names;  // [coarse_classes], or empty

  int64_t size() const { return static_cast<int64_t>(labels.size()); }
  size_t image_bytes() const { return static_cast<size_t>(3 * height * width); }
  const uint8_t* image(int64_t i) const {
    return pixels.data() + static_cast<size_t>(i) * image_bytes();
  }
  uint8_t* image(int64_t i) { return pixels.data() + static_cast<size_t>(i) * image_bytes(); }
};

}  // namespace lienet
