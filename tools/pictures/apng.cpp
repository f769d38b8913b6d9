#include "tools/pictures/apng.h"

#include <array>
#include <cstdint>
#include <vector>

#include "engine/check.h"

namespace lienet {
namespace {

constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";

// CRC-32 of ISO 3309, as PNG takes it over a chunk's type and data.
uint32_t crc(std::string_view bytes) {
  static const auto table = [] {
    std::array<uint32_t, 256> t{};
    for (uint32_t i = 0; i < 256; ++i) {
      t[i] = i;
      for (int bit = 0; bit < 8; ++bit) t[i] = t[i] >> 1 ^ (t[i] & 1 ? 0xedb88320u : 0);
    }
    return t;
  }();
  uint32_t value = ~0u;
  for (const char c : bytes) value = table[(value ^ static_cast<uint8_t>(c)) & 255] ^ value >> 8;
  return ~value;
}

// Numbers are big-endian.
std::string u16(uint32_t v) {
  return {static_cast<char>(v >> 8), static_cast<char>(v)};
}
std::string u32(uint32_t v) {
  return u16(v >> 16) + u16(v & 0xffff);
}
uint32_t number(std::string_view bytes) {
  uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

std::string chunk(std::string_view type, const std::string& data) {
  const std::string body = std::string(type) + data;
  return u32(static_cast<uint32_t>(data.size())) + body + u32(crc(body));
}

struct Png {
  std::string_view header;              // IHDR's data
  std::vector<std::string_view> parts;  // IDATs' data: the zlib stream
};

Png parse(std::string_view png, const std::string& name) {
  Png result;
  const auto require = [&](bool ok, const char* what) {
    if (!ok) fail("{}: {}", name, what);
  };
  require(png.starts_with(signature), "not a PNG");
  for (size_t at = signature.size();;) {
    require(png.size() - at >= 12, "ends too early");
    const size_t length = number(png.substr(at));
    require(png.size() - at - 12 >= length, "ends too early");
    const std::string_view body = png.substr(at + 4, 4 + length), type = body.substr(0, 4);
    require(number(png.substr(at + 8 + length)) == crc(body), "damaged, a wrong checksum");
    if (type == "IHDR") result.header = body.substr(4);
    if (type == "IDAT") result.parts.push_back(body.substr(4));
    if (type == "IEND") break;
    at += 12 + length;
  }
  require(result.header.size() == 13 && !result.parts.empty(), "no picture in it");
  return result;
}

}  // namespace

std::string apng_of(std::span<const ApngFrame> frames) {
  if (frames.empty()) fail("apng: no frames");
  std::string file(signature), header;
  uint32_t sequence = 0;
  for (size_t i = 0; i < frames.size(); ++i) {
    const Png png = parse(frames[i].png, frames[i].name);
    if (i == 0) {
      header = png.header;
      file += chunk("IHDR", header);
      file += chunk("acTL", u32(static_cast<uint32_t>(frames.size())) + u32(0));  // 0: for ever
    }
    if (png.header != header)
      fail("{}: has not the size or the kind of pixels of {}", frames[i].name, frames[0].name);
    LIENET_CHECK(frames[i].milliseconds >= 0 && frames[i].milliseconds <= 65535, "apng: {} ms",
                 frames[i].milliseconds);
    const std::string delay = u16(static_cast<uint32_t>(frames[i].milliseconds)) + u16(1000);
    // All of the picture, at its corner; it stays until the next one takes its place.
    file += chunk("fcTL", u32(sequence++) + header.substr(0, 8) + u32(0) + u32(0) + delay + u16(0));
    for (const std::string_view part : png.parts)
      file += i == 0 ? chunk("IDAT", std::string(part))
                     : chunk("fdAT", u32(sequence++) + std::string(part));
  }
  return file + chunk("IEND", "");
}

}  // namespace lienet
