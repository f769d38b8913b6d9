// What watching leaves in a run's directory:
//   watch/epoch-001.png, ...          the picture of each epoch
//   watch/epoch-001.safetensors, ...  its maps
//   watch.png                         the pictures one after the other, an animated PNG
// Every file is replaced whole or not at all.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/named_tensor.h"
#include "tools/training/epoch_files.h"

namespace lienet {

// The bytes of PNG files.
struct WatchPictures {
  std::string animation, latest;
  int64_t epoch = 0;  // of the latest
};

class WatchFiles {
 public:
  // Makes nothing.
  explicit WatchFiles(const std::filesystem::path& run)
      : run_(run), pictures_{run / "watch", ".png", 3}, maps_{run / "watch", ".safetensors", 3} {}

  std::filesystem::path animation() const { return run_ / "watch.png"; }
  std::filesystem::path picture(int64_t epoch) const { return pictures_.path(epoch); }
  std::filesystem::path maps(int64_t epoch) const { return maps_.path(epoch); }

  // Those that have a picture, in order.
  std::vector<int64_t> epochs() const { return pictures_.epochs(); }

  // What was given to add() with the first epoch that is still there; null: there is none.
  std::optional<std::map<std::string, std::string>> first_metadata() const;

  // Those of a report; null: no epoch was watched.
  std::optional<WatchPictures> pictures() const;

  // Writes an epoch's files, and the animation up to there.
  void add(int64_t epoch, const std::string& png, std::span<const NamedTensor> maps,
           const std::map<std::string, std::string>& metadata) const;

  // Removes what is later.
  void rewind(int64_t epoch) const;

 private:
  void animate(int64_t last_epoch) const;

  std::filesystem::path run_;
  EpochFiles pictures_, maps_;
};

}  // namespace lienet
