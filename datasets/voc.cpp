#include "datasets/voc.h"

#include <algorithm>
#include <sstream>

#include "datasets/annotation.h"
#include "engine/check.h"
#include "engine/file.h"
#include "engine/words.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;

// A name that leads to no other folder.
bool is_plain(const std::string& id) {
  return !id.starts_with('.') && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.';
  });
}

std::vector<std::string> read_list(const fs::path& file) {
  constexpr uint64_t largest = uint64_t{64} << 20;
  std::istringstream in(read_file(file, largest));
  std::vector<std::string> ids;
  int64_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (line.empty()) continue;
    if (!is_plain(line))
      fail("{}: line {}: {:?} is not the name of an image, as 000005", file.string(), number,
           line.substr(0, 80));
    ids.push_back(line);
  }
  if (ids.empty()) fail("{}: names no images", file.string());
  return ids;
}

int32_t label_of(const std::string& name, const fs::path& file) {
  const auto& known = voc_class_names();
  const auto at = std::lower_bound(known.begin(), known.end(), name);
  if (at != known.end() && *at == name) return static_cast<int32_t>(at - known.begin());
  const std::vector<std::string_view> names(known.begin(), known.end());
  fail("{}: class {:?} is not known; the nearest of VOC's is {}", file.string(), name.substr(0, 80),
       nearest_word(name, names));
}

std::vector<ObjectBox> read_objects(const fs::path& folder, const std::string& id) {
  const fs::path file = folder / "Annotations" / (id + ".xml");
  const Annotation annotation = read_annotation(file, PixelCount::from_one);
  if (fs::path(annotation.file).stem() != id)
    fail("{}: is the annotation of {:?}, not of {}", file.string(), annotation.file.substr(0, 80),
         id);
  std::vector<ObjectBox> objects;
  for (const Annotation::Object& o : annotation.objects)
    objects.push_back({label_of(o.name, file), o.box, o.difficult});
  return objects;
}

// One image's row of ImageSet::tags, and its label.
void add_tags(const std::vector<ObjectBox>& objects, ImageSet& set) {
  std::vector<int8_t> row(static_cast<size_t>(set.classes));
  for (const ObjectBox& o : objects) {
    int8_t& tag = row[static_cast<size_t>(o.label)];
    tag = o.difficult && tag != 1 ? int8_t{-1} : int8_t{1};
  }
  const auto first = std::find(row.begin(), row.end(), 1);
  set.labels.push_back(first == row.end() ? 0 : static_cast<int32_t>(first - row.begin()));
  set.tags.insert(set.tags.end(), row.begin(), row.end());
}

}  // namespace

const std::vector<std::string>& voc_class_names() {
  static const std::vector<std::string> names = {
      "aeroplane", "bicycle",     "bird",  "boat",        "bottle", "bus",      "car",
      "cat",       "chair",       "cow",   "diningtable", "dog",    "horse",    "motorbike",
      "person",    "pottedplant", "sheep", "sofa",        "train",  "tvmonitor"};
  return names;
}

fs::path find_voc(const fs::path& folder) {
  for (const fs::path& candidate : {folder, folder / "VOC2007", folder / "VOCdevkit" / "VOC2007"}) {
    std::error_code error;
    if (fs::is_directory(candidate / "Annotations", error)) return candidate;
  }
  return {};
}

AnnotatedImages read_voc(const fs::path& folder, const std::string& list,
                         const PictureOptions& options) {
  check_pictures(options);
  const fs::path root = find_voc(folder);
  if (root.empty())
    fail(
        "{}: has no Annotations, VOC2007 or VOCdevkit; expected what VOC 2007's archives unpack to",
        folder.string());
  AnnotatedImages all;
  ImageSet& set = all.images;
  set.name = "voc2007 " + list;
  set.height = set.width = options.side;
  set.shorter = options.shorter;
  set.class_names = voc_class_names();
  set.classes = static_cast<int>(set.class_names.size());
  set.folder = root / "JPEGImages";
  for (const std::string& id : read_list(root / "ImageSets" / "Main" / (list + ".txt"))) {
    all.objects.push_back(read_objects(root, id));
    set.files.push_back(id + ".jpg");
    std::error_code error;
    if (!fs::exists(set.folder / set.files.back(), error))
      fail("{}: is missing; {}.txt names it", (set.folder / set.files.back()).string(), list);
    add_tags(all.objects.back(), set);
  }
  return all;
}

}  // namespace lienet
