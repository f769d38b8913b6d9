// The JSON in front of a safetensors file. Internal.
#pragma once

#include "engine/safetensors.h"

namespace lienet {

inline constexpr uint64_t max_safetensors_header = uint64_t{16} << 20;  // bytes

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<SafetensorsEntry> entries;  // in order of their data
};

// `text` is the header, `data_bytes` what follows it in the file, `file` the name for messages.
// Throws Error unless the entries cover the data from its first to its last byte, each byte once,
// and each entry has as many bytes as its shape and type need.
SafetensorsHeader parse_safetensors_header(std::string_view text, uint64_t data_bytes,
                                           const std::string& file);

// A key from the file for a message: in quotes, escaped, cut where it is long.
std::string in_quotes(std::string_view key);

}  // namespace lienet
