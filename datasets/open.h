// A data set by its name: what `lienet train NAME --data PATH` reads.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/box.h"
#include "datasets/channel_stats.h"
#include "datasets/download.h"
#include "datasets/image_folder.h"
#include "datasets/shapes100.h"

namespace lienet {

struct DataRequest {
  std::string name;                 // one of data_set_names()
  std::filesystem::path path = {};  // a folder with its files, or CIFAR's .tar.gz; empty: see below
  int64_t train_limit = 0, test_limit = 0;  // only so many images, see part_of(); 0: all
  Shapes100Options shapes = {};             // for shapes100 with an empty path
  PictureOptions pictures = {};             // for folder and voc2007
  bool boxes = false;  // of folder, too: see datasets/imagenet_boxes.h; others have them anyway
};

struct DataSet {
  std::shared_ptr<const ImageSet> train, test;
  ChannelStats stats;            // published ones (of files, ImageNet's); shapes100: of `train`
  std::string hash;              // sha256 over sizes, labels and pixels of both sets; of files,
                                 // over their names and sizes instead of their pixels
  std::filesystem::path folder;  // the files read or written; may be empty
  // The things in each image of `test`, in that order, where their places are known; else empty.
  std::vector<std::vector<ObjectBox>> test_objects;
};

// cifar10, cifar100, shapes100, voc2007, and folder: see datasets/image_folder.h.
const std::vector<std::string_view>& data_set_names();

// With an empty path, CIFAR is looked for in data_cache(): its folder, then its .tar.gz; else the
// .tar.gz is downloaded to there, with `progress`. A .tar.gz is unpacked into the cache.
// shapes100 is drawn and kept in the cache, for the next time, where the cache can be written to.
// folder needs a path; voc2007 is looked for in the cache, as VOCdevkit/VOC2007. It is trained on
// trainval and tested on test; where that is missing, on train and val.
// A folder of shapes100 may also be opened as cifar100: boxes.csv tells them apart.
// Throws Error for an unknown name, negative limits, and all that the readers refuse; where nothing
// was found and there is no network, it says where to put which file.
DataSet open_data(const DataRequest& request, const DownloadProgress& progress = {});

// Where data sets are kept: $LIENET_DATA, else ~/.cache/lienet. Throws Error where neither
// LIENET_DATA nor HOME is set. The folder need not exist yet.
std::filesystem::path data_cache();

}  // namespace lienet
