// A data set as the subcommands name it.
#pragma once

#include <string>

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

// Where the command line names no data set, by DATASET or --data, that of the run.
void take_from_run(const CLI::App& command, const TrainConfig& run, std::string& name,
                   DataOptions& data);

// Opens it; a download shows its progress on stderr where that is a terminal.
DataSet open_data_of(const std::string& name, const DataOptions& options);

}  // namespace lienet::commands
