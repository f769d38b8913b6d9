#include "engine/protobuf.h"

#include <bit>

namespace lienet {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie");

template <class T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

void ProtobufMessage::add_varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
  bytes_ += static_cast<char>(value);
}

void ProtobufMessage::add_key(int field, unsigned type) {
  add_varint(static_cast<uint64_t>(field) << 3 | type);
}

void ProtobufMessage::add_integer(int field, int64_t value) {
  add_key(field, 0);
  add_varint(static_cast<uint64_t>(value));
}

void ProtobufMessage::add_float(int field, float value) {
  add_key(field, 5);
  bytes_ += bytes_of(value);
}

void ProtobufMessage::add_double(int field, double value) {
  add_key(field, 1);
  bytes_ += bytes_of(value);
}

void ProtobufMessage::add_bytes(int field, std::string_view value) {
  add_key(field, 2);
  add_varint(value.size());
  bytes_ += value;
}

}  // namespace lienet
