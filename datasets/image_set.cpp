#include "datasets/image_set.h"

#include "engine/check.h"

namespace lienet {

Image ImageSet::original(int64_t i) const {
  LIENET_CHECK(i >= 0 && i < size(), "'{}' has no image {}", name, i);
  if (!in_memory()) return read_image(folder / files[static_cast<size_t>(i)]);
  return {height, width, {image(i), image(i) + image_bytes()}};
}

Image ImageSet::view(int64_t i) const {
  Image whole = original(i);
  if (in_memory()) return whole;
  if (shorter == 0) return resize(whole, height, width);
  return centre_crop(resize_shorter(whole, shorter), height, width);
}

}  // namespace lienet
