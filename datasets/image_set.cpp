#include "datasets/image_set.h"

#include <algorithm>
#include <iterator>

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
  try {
    return shorter == 0 ? resize(whole, height, width)
                        : resize_and_centre_crop(whole, shorter, height, width);
  } catch (const Error& e) {
    fail("{}: {}", (folder / files[static_cast<size_t>(i)]).string(), e.what());
  }
}

const char* name_of(Split split) {
  return split == Split::train ? "train" : "test";
}

std::string class_name(const std::vector<std::string>& names, int64_t k) {
  return k < std::ssize(names) ? names[static_cast<size_t>(k)] : fmt::format("class {}", k);
}

std::vector<int64_t> places_of_part(const ImageSet& set, int64_t count) {
  const int64_t most = count == 0 ? set.size() : std::min(count, set.size());
  std::vector<int64_t> places;
  for (int64_t i = 0; i < most; ++i) places.push_back(set.in_memory() ? i : i * set.size() / most);
  return places;
}

ImageSet part_of(const ImageSet& set, int64_t count) {
  ImageSet part;
  part.name = set.name;
  part.height = set.height;
  part.width = set.width;
  part.classes = set.classes;
  part.coarse_classes = set.coarse_classes;
  part.folder = set.folder;
  part.shorter = set.shorter;
  part.class_names = set.class_names;
  part.coarse_class_names = set.coarse_class_names;
  for (const int64_t i : places_of_part(set, count)) {
    const auto n = static_cast<size_t>(i);
    part.labels.push_back(set.labels[n]);
    if (!set.coarse_labels.empty()) part.coarse_labels.push_back(set.coarse_labels[n]);
    const auto tags = set.tags.begin() + (set.multi_label() ? i * set.classes : 0);
    if (set.multi_label()) part.tags.insert(part.tags.end(), tags, tags + set.classes);
    if (set.in_memory())
      part.pixels.insert(part.pixels.end(), set.image(i), set.image(i) + set.image_bytes());
    else
      part.files.push_back(set.files[n]);
  }
  return part;
}

}  // namespace lienet
