// Where a command's files go.
#pragma once

#include <filesystem>

namespace lienet::commands {

// Makes the folder and those above it, where they are not there yet. Throws Error.
void make_folder(const std::filesystem::path& folder);

}  // namespace lienet::commands
