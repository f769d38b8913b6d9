// The XML in which PASCAL VOC and ILSVRC say what is where in an image.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/box.h"

namespace lienet {

struct Annotation {
  struct Object {
    std::string name;
    PixelBox box;
    bool difficult = false;
  };
  std::string file;  // of the image, as the annotation says it; maybe empty
  int64_t height = 0, width = 0;
  std::vector<Object> objects;
};

// How pixels are counted. VOC's first is 1. ILSVRC's is 0, and boxes may reach one pixel too far,
// which is then cut off.
enum class PixelCount : uint8_t { from_one, from_zero };

// Boxes come out as PixelBox wants them; fractions, which later VOCs have, are rounded.
// Throws Error, one line with the file: it cannot be read, is no XML, has a DOCTYPE (no annotation
// needs one, and entities are how XML does harm), no size or one below 1, an object without name or
// box, a number that is none, or a box that is inverted or outside of the image.
Annotation read_annotation(const std::filesystem::path& file, PixelCount count);

}  // namespace lienet
