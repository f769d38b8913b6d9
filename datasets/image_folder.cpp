#include "datasets/image_folder.h"

#include <algorithm>

#include "engine/check.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;

// Names in a folder that do not begin with a dot, in order.
std::vector<std::string> names_in(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) fail("{}: cannot be read: {}", folder.string(), error.message());
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : entries)
    if (std::string name = entry.path().filename().string(); !name.starts_with('.'))
      names.push_back(std::move(name));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> classes_in(const fs::path& folder) {
  std::vector<std::string> names = names_in(folder);
  std::erase_if(names, [&](const std::string& name) {
    std::error_code error;
    return !fs::is_directory(folder / name, error);
  });
  if (names.empty()) fail("{}: has no folders of classes; expected CLASS/*.jpg", folder.string());
  return names;
}

bool names_image(const std::string& name) {
  std::string extension = fs::path(name).extension().string();
  for (char& c : extension) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

fs::path folder_of(const fs::path& folder, Split split) {
  std::error_code error;
  if (split == Split::train) return folder / "train";
  return fs::is_directory(folder / "val", error) ? folder / "val" : folder / "test";
}

}  // namespace

void check_pictures(const PictureOptions& o) {
  constexpr int64_t most = 4096;
  if (o.side < 8 || o.side > most)
    fail("images of {} pixels a side; expected 8 to {}", o.side, most);
  if (o.shorter != 0 && (o.shorter < o.side || o.shorter > most))
    fail("images are resized to {} pixels; expected {} (what is cut out of them) to {}", o.shorter,
         o.side, most);
}

bool is_image_folder(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder_of(folder, Split::train), error) &&
         fs::is_directory(folder_of(folder, Split::test), error);
}

ImageSet read_image_folder(const fs::path& folder, Split split, const PictureOptions& options) {
  check_pictures(options);
  std::error_code error;
  if (!fs::is_directory(folder, error)) fail("{}: there is no such folder", folder.string());
  if (!is_image_folder(folder))
    fail("{}: has no folders train and val; expected train/CLASS/*.jpg and val/CLASS/*.jpg",
         folder.string());
  ImageSet set;
  set.folder = folder_of(folder, split);
  set.name = fmt::format("{} {}", fs::absolute(folder / "").parent_path().filename().string(),
                         set.folder.filename().string());
  set.height = set.width = options.side;
  set.shorter = options.shorter;
  set.class_names = classes_in(folder_of(folder, Split::train));
  set.classes = static_cast<int>(set.class_names.size());
  for (const std::string& name : classes_in(set.folder)) {
    const auto at = std::lower_bound(set.class_names.begin(), set.class_names.end(), name);
    if (at == set.class_names.end() || *at != name)
      fail("{}: is no class of {}", (set.folder / name).string(), (folder / "train").string());
    const size_t before = set.files.size();
    for (const std::string& file : names_in(set.folder / name))
      if (names_image(file)) set.files.push_back(name + '/' + file);
    if (set.files.size() == before)
      fail("{}: has no images (.jpg, .jpeg, .png)", (set.folder / name).string());
    set.labels.resize(set.files.size(), static_cast<int32_t>(at - set.class_names.begin()));
  }
  return set;
}

}  // namespace lienet
