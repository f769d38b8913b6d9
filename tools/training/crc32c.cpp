#include "tools/training/crc32c.h"

#include <array>

namespace lienet {
namespace {

// What each byte does to a remainder of 0; bits are reflected, the lowest first.
constexpr std::array<uint32_t, 256> remainders = [] {
  constexpr uint32_t polynomial = 0x82f63b78;
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    uint32_t r = byte;
    for (int bit = 0; bit < 8; ++bit) r = r & 1 ? r >> 1 ^ polynomial : r >> 1;
    table[byte] = r;
  }
  return table;
}();

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t r = ~uint32_t{0};
  for (const char c : bytes) r = r >> 8 ^ remainders[(r ^ static_cast<uint8_t>(c)) & 0xff];
  return ~r;
}

}  // namespace lienet
