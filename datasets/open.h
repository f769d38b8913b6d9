// A data set by its name: what `lienet train NAME --data PATH` reads.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "datasets/augment.h"
#include "datasets/download.h"
#include "datasets/shapes100.h"

namespace lienet {

struct DataRequest {
  std::string name;                 // cifar10, cifar100, shapes100
  std::filesystem::path path = {};  // a folder with its files, or CIFAR's .tar.gz; empty: see below
  int64_t train_limit = 0, test_limit = 0;  // only the first so many images; 0: all
  Shapes100Options shapes = {};             // for shapes100 with an empty path
};

struct DataSet {
  std::shared_ptr<const ImageSet> train, test;
  ChannelStats stats;                // the published ones of CIFAR, those of `train` for shapes100
  std::string hash;                  // sha256 over the sizes, labels and pixels of both sets
  std::filesystem::path folder;      // the files read or written; may be empty
  std::vector<PixelBox> test_boxes;  // one for each image of `test` where boxes.csv is there
};

// With an empty path, CIFAR is looked for in data_cache(): its folder, then its .tar.gz; else the
// .tar.gz is downloaded to there, with `progress`. A .tar.gz is unpacked into the cache.
// shapes100 is drawn and kept in the cache, for the next time, where the cache can be written to.
// A folder of shapes100 may also be opened as cifar100: boxes.csv tells them apart.
// Throws Error for an unknown name, negative limits, and all that the readers refuse; where nothing
// was found and there is no network, it says where to put which file.
DataSet open_data(const DataRequest& request, const DownloadProgress& progress = {});

// Where data sets are kept: $LIENET_DATA, else ~/.cache/lienet. Throws Error where neither
// LIENET_DATA nor HOME is set. The folder need not exist yet.
std::filesystem::path data_cache();

}  // namespace lienet
