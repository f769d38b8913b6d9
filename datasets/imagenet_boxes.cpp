#include "datasets/imagenet_boxes.h"

#include <algorithm>

#include "datasets/annotation.h"
#include "engine/check.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;

fs::path folder_of_xml(const fs::path& folder) {
  std::error_code error;
  const fs::path all = folder / "Annotations";
  for (const fs::path& candidate : {all / "CLS-LOC" / "val", all / "val"})
    if (fs::is_directory(candidate, error)) return candidate;
  return fs::is_directory(all, error) ? all : fs::path();
}

}  // namespace

std::vector<std::vector<ObjectBox>> read_imagenet_boxes(const fs::path& folder,
                                                        const ImageSet& val) {
  const fs::path root = folder_of_xml(folder);
  if (root.empty()) return {};
  std::vector<std::vector<ObjectBox>> all;
  for (const std::string& image : val.files) {
    const fs::path name = fs::path(image).filename().replace_extension(".xml");
    fs::path file = root / name;
    std::error_code error;
    if (!fs::exists(file, error)) file = root / fs::path(image).parent_path() / name;
    std::vector<ObjectBox>& objects = all.emplace_back();
    for (const Annotation::Object& o : read_annotation(file, PixelCount::from_zero).objects) {
      const auto at = std::find(val.class_names.begin(), val.class_names.end(), o.name);
      if (at == val.class_names.end())
        fail("{}: class {:?} is none of {}'s", file.string(), o.name.substr(0, 80), val.name);
      objects.push_back({static_cast<int32_t>(at - val.class_names.begin()), o.box, o.difficult});
    }
  }
  return all;
}

}  // namespace lienet
