// A data set as the subcommands name it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "datasets/open.h"
#include "tools/lienet/commands.h"
#include "tools/training/config.h"

namespace lienet::commands {

struct DataOptions {
  std::string path;              // --data
  int64_t train = 0, test = 0;   // the first so many; 0: all
  double background = 0.5;       // shapes100
  PictureOptions pictures = {};  // files of images
  bool boxes = false;            // see DataRequest
};

// A name that is no data set's may be the path of a folder of images: then `name` becomes "folder"
// and `path` that folder. Throws UsageError where --data names another one.
void take_folder(std::string& name, std::string& path);

// Where the command line names no data set, that of the run, of which --data and the others may say
// something else.
void take_from_run(const CLI::App& command, const TrainConfig& run, std::string& name,
                   DataOptions& data);

// Only so many of the images, see part_of(), and the objects in them, where these are known; 0:
// all.
void keep_part(std::shared_ptr<const ImageSet>& set, std::vector<std::vector<ObjectBox>>& objects,
               int64_t count);

// Opens it; a download shows its progress on stderr where that is a terminal.
DataSet open_data_of(const std::string& name, const DataOptions& options);

}  // namespace lienet::commands
