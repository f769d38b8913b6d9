// The chunks of a PNG file, read by the specification alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lienet::test {

struct PngChunk {
  std::string type, data;
  bool sound = false;  // whether its checksum is right
};

inline uint32_t big_endian(const std::string& bytes, size_t at, size_t count = 4) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | static_cast<uint8_t>(bytes.at(at + i));
  return value;
}

// Bit by bit, without a table.
inline uint32_t crc_of(const std::string& bytes) {
  uint32_t value = 0xffffffff;
  for (const char c : bytes) {
    value ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0xedb88320 : value >> 1;
  }
  return ~value;
}

// Throws std::out_of_range where the file ends within a chunk.
inline std::vector<PngChunk> png_chunks(const std::string& file) {
  std::vector<PngChunk> chunks;
  for (size_t at = 8; at < file.size();) {
    const size_t length = big_endian(file, at);
    const uint32_t crc = big_endian(file, at + 8 + length);
    const std::string body = file.substr(at + 4, 4 + length);
    chunks.push_back({body.substr(0, 4), body.substr(4), crc == crc_of(body)});
    at += 12 + length;
  }
  return chunks;
}

inline int count_chunks(const std::string& file, const std::string& type) {
  int count = 0;
  for (const PngChunk& chunk : png_chunks(file)) count += chunk.type == type;
  return count;
}

}  // namespace lienet::test
