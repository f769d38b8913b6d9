#include "tools/lienet/out_folder.h"

#include "engine/check.h"

namespace lienet::commands {

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail("{}: cannot be made: {}", folder.string(), error.message());
}

}  // namespace lienet::commands
