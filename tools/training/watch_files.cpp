#include "tools/training/watch_files.h"

#include <algorithm>

#include "engine/check.h"
#include "engine/file.h"
#include "engine/safetensors.h"
#include "tools/pictures/apng.h"
#include "tools/training/readable.h"

namespace lienet {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t largest_picture = uint64_t{1} << 28;

}  // namespace

std::optional<std::map<std::string, std::string>> WatchFiles::first_metadata() const {
  std::error_code error;
  for (const int64_t epoch : epochs())
    if (fs::exists(maps(epoch), error)) return SafetensorsFile::open(maps(epoch)).metadata();
  return std::nullopt;
}

std::optional<WatchPictures> WatchFiles::pictures() const {
  const std::vector<int64_t> watched = epochs();
  if (watched.empty()) return std::nullopt;
  return WatchPictures{.animation = read_file(animation(), largest_picture),
                       .latest = read_file(picture(watched.back()), largest_picture),
                       .epoch = watched.back()};
}

void WatchFiles::add(int64_t epoch, const std::string& png, std::span<const NamedTensor> tensors,
                     const std::map<std::string, std::string>& metadata) const {
  make_folder(pictures_.folder);
  save_safetensors(maps(epoch), tensors, metadata);
  write_atomically(picture(epoch), png);
  animate(epoch);
}

void WatchFiles::animate(int64_t last_epoch) const {
  constexpr size_t most_frames = 30;  // however long a training is, a page can hold them
  constexpr int whole = 12000, shortest = 120, longest = 800, held = 2000;  // milliseconds
  std::vector<int64_t> watched = epochs();
  std::erase_if(watched, [=](int64_t epoch) { return epoch > last_epoch; });
  std::vector<fs::path> files;
  std::vector<std::string> pictures;
  for (const size_t i : evenly_chosen(watched.size(), most_frames)) {
    files.push_back(picture(watched[i]));
    pictures.push_back(read_file(files.back(), largest_picture));
  }
  const int each = std::clamp(whole / static_cast<int>(pictures.size()), shortest, longest);
  std::vector<ApngFrame> frames;
  for (size_t i = 0; i < pictures.size(); ++i)
    frames.push_back({pictures[i], each, files[i].string()});
  frames.back().milliseconds = held;
  write_atomically(animation(), apng_of(frames));
}

void WatchFiles::rewind(int64_t epoch) const {
  std::error_code error;
  // One by one: a run that died between the two has left the maps alone.
  for (const int64_t watched : maps_.epochs())
    if (watched > epoch) fs::remove(maps(watched), error);
  const std::vector<int64_t> watched = epochs();
  if (watched.empty() || watched.back() <= epoch) return;
  for (const int64_t later : watched)
    if (later > epoch) fs::remove(picture(later), error);
  if (watched.front() <= epoch)
    animate(epoch);
  else
    fs::remove(animation(), error);
}

}  // namespace lienet
