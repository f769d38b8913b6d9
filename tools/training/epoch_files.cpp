#include "tools/training/epoch_files.h"

#include <algorithm>
#include <charconv>

#include "engine/check.h"

namespace lienet {

namespace fs = std::filesystem;

fs::path EpochFiles::path(int64_t epoch) const {
  return folder / fmt::format("epoch-{:0{}}{}", epoch, digits, ending);
}

std::vector<int64_t> EpochFiles::epochs() const {
  std::vector<int64_t> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const size_t begin = std::min(name.size(), name.find('-') + 1);
    int64_t epoch = 0;
    std::from_chars(name.data() + begin, name.data() + name.size(), epoch);
    if (epoch > 0 && name == path(epoch).filename()) found.push_back(epoch);
  }
  std::sort(found.begin(), found.end());
  return found;
}

EpochFiles kept_weights(const fs::path& run) {
  return {run / "epochs", ".safetensors", 4};
}

}  // namespace lienet
