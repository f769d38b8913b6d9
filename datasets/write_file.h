// Whole files, written so that a reader sees the old one or the new one. Internal.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "engine/check.h"

namespace lienet {

// Data sets can be drawn again, so this does without the fsync that a checkpoint gets.
inline void write_file(const std::filesystem::path& file, std::string_view bytes) {
  std::filesystem::path partial = file;
  partial += ".partial";
  std::error_code error;
  std::FILE* out = std::fopen(partial.c_str(), "wb");
  if (!out) fail("{}: cannot be written; is the folder there and writable?", file.string());
  const bool written = std::fwrite(bytes.data(), 1, bytes.size(), out) == bytes.size();
  if (std::fclose(out) != 0 || !written) {
    std::filesystem::remove(partial, error);
    fail("{}: writing {} bytes failed; is the disk full?", file.string(), bytes.size());
  }
  std::filesystem::rename(partial, file, error);
  if (error) fail("{}: cannot be put in place: {}", file.string(), error.message());
}

}  // namespace lienet
