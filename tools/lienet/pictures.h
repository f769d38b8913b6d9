// What a command looks at: an image file, a folder of them, or a data set by its name.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/open.h"
#include "tools/lienet/data_options.h"
#include "tools/lienet/trained.h"

namespace lienet::commands {

struct PicturesOptions {
  std::string what;      // file, folder or data set; empty: what the network was trained on
  int64_t count = 100;   // the first so many; 0: all
  int64_t side = 0;      // of the square that the network is given; 0: 224 or 32, by its stem
  int64_t shorter = -1;  // see ImageSet::view(); -1: 256 or 0
  bool train_set = false;
  DataOptions data;
};
void add_pictures_options(CLI::App* command, PicturesOptions& options);

struct Pictures {
  std::shared_ptr<const ImageSet> set;  // without labels all of them are 0
  bool labelled = false;
  int64_t count = 0;                             // of `set`, from the first
  std::vector<std::vector<PixelBox>> objects{};  // of each image's class; empty: not known
  std::string name;                              // "shapes100 test", or the path

  // A file name for what is written about an image: no two are the same.
  std::string file_stem(int64_t i) const;
};

// Throws Error for what is neither file, folder nor data set, and for a folder without images.
Pictures find_pictures(const CLI::App& command, PicturesOptions options,
                       const TrainedOptions& trained, const ModelDescription& description);

}  // namespace lienet::commands
