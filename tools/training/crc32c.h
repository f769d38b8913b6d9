// CRC-32C (Castagnoli's polynomial, RFC 3720): a checksum that tells damaged bytes from sound ones.
#pragma once

#include <cstdint>
#include <string_view>

namespace lienet {

uint32_t crc32c(std::string_view bytes);

}  // namespace lienet
