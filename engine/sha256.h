// SHA-256 (FIPS 180-4): names data by its content.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace lienet {

// The hash of bytes that come in pieces.
class Sha256 {
 public:
  void update(const void* data, size_t bytes);
  void update(std::string_view text) { update(text.data(), text.size()); }
  // Of all bytes so far, as 64 lower-case hexadecimal digits; more may follow.
  std::string hex() const;

 private:
  static constexpr size_t block_bytes = 64;

  void compress(const unsigned char* block);

  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, block_bytes> pending_{};  // the start of a block not yet full
  uint64_t bytes_ = 0;
};

std::string sha256(std::string_view bytes);
// Throws Error where the file cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace lienet
