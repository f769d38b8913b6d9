// Downloading one known file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace lienet {

struct Download {
  std::string url;             // http or https
  std::filesystem::path file;  // where it goes; its folder is made if needed
  std::string sha256;          // 64 lower-case hexadecimal digits
  int64_t bytes = 0;           // of the whole file
};

// Called now and then with the bytes that are there, of those that the file has. It may throw: that
// stops the download and comes out of download().
using DownloadProgress = std::function<void(int64_t done, int64_t total)>;

// Fetches a file into FILE.part, which becomes FILE once its size and hash are as expected. What an
// earlier attempt left in FILE.part is gone on with. Throws Error with the file and the address:
// where there is no network or it breaks off (the part stays), where another run is downloading the
// same file, and for other bytes than expected (the part is removed).
void download(const Download& what, const DownloadProgress& progress = {});

}  // namespace lienet
