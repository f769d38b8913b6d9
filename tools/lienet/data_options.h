// A data set as the subcommands name it.
#pragma once

#include <string>

#include "datasets/open.h"

namespace lienet::commands {

struct DataOptions {
  std::string path;             // --data
  int64_t train = 0, test = 0;  // the first so many; 0: all
  double background = 0.5;      // shapes100
};

// Opens it; a download shows its progress on stderr where that is a terminal.
DataSet open_data_of(const std::string& name, const DataOptions& options);

}  // namespace lienet::commands
