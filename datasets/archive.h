// Unpacking: the few files we want out of a .tar.gz that somebody else made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lienet {

// Writes the regular files of a .tar.gz (or .tar) whose base names are in `members` into `folder`,
// by their base names; all of them or none. Other files are passed over.
// Throws Error, naming archive and member, for a file that cannot be read, is no such archive or
// ends too early, a member that is missing or there twice, more than max_bytes in all, and for an
// archive that nobody honest packs: absolute names, "..", links, devices.
void unpack(const std::filesystem::path& archive, const std::filesystem::path& folder,
            const std::vector<std::string>& members, int64_t max_bytes = int64_t{1} << 30);

}  // namespace lienet
