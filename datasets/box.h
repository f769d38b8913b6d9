// Where things are in an image.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lienet {

// Pixels, 0-based, both ends inclusive.
struct PixelBox {
  int xmin = 0, ymin = 0, xmax = 0, ymax = 0;
  friend bool operator==(const PixelBox&, const PixelBox&) = default;
};

// Rows and columns from the first up to the second; empty where they are not ascending.
struct ImageWindow {
  int32_t y0 = 0, x0 = 0, y1 = 0, x1 = 0;
};
// What of these rows and columns lies in an image.
inline ImageWindow clipped_window(int64_t y0, int64_t x0, int64_t y1, int64_t x1, int64_t height,
                                  int64_t width) {
  return {static_cast<int32_t>(std::max<int64_t>(y0, 0)),
          static_cast<int32_t>(std::max<int64_t>(x0, 0)),
          static_cast<int32_t>(std::min(y1, height)), static_cast<int32_t>(std::min(x1, width))};
}

// One thing of a class, in pixels of the image as it is stored.
struct ObjectBox {
  int32_t label = 0;
  PixelBox box;
  bool difficult = false;  // to be left out of what is measured
  friend bool operator==(const ObjectBox&, const ObjectBox&) = default;
};

}  // namespace lienet
