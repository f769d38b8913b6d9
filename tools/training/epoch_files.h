// Files of a run that are one for each epoch: epoch-001.png, epoch-002.png, ...
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lienet {

struct EpochFiles {
  std::filesystem::path folder;
  std::string ending;  // ".png"
  int digits;          // at least

  std::filesystem::path path(int64_t epoch) const;
  // Those that have a file, in order. None where there is no folder.
  std::vector<int64_t> epochs() const;
};

// The weights that --keep keeps in a run's directory: epochs/epoch-0010.safetensors.
EpochFiles kept_weights(const std::filesystem::path& run);

}  // namespace lienet
