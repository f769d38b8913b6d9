// Where things are in an image.
#pragma once

#include <cstdint>

namespace lienet {

// Pixels, 0-based, both ends inclusive.
struct PixelBox {
  int xmin = 0, ymin = 0, xmax = 0, ymax = 0;
  friend bool operator==(const PixelBox&, const PixelBox&) = default;
};

// One thing of a class, in pixels of the image as it is stored.
struct ObjectBox {
  int32_t label = 0;
  PixelBox box;
  bool difficult = false;  // to be left out of what is measured
  friend bool operator==(const ObjectBox&, const ObjectBox&) = default;
};

}  // namespace lienet
