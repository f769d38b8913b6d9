// Protocol buffers' wire format, written: what ONNX's models and TensorBoard's events are made of.
//   message: its fields one after the other, each a key and a value; the key is the varint of
//   field << 3 | type
//   type 0: a varint, 7 bits a byte, the lowest first, the top bit set in all bytes but the last
//   type 1, 5: 8 and 4 bytes, little-endian
//   type 2: a varint, the number of bytes, and these: text, other bytes, or a message
// Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lienet {

// Fields stand in the order in which they were added; a repeated one is added several times.
class ProtobufMessage {
 public:
  void add_integer(int field, int64_t value);  // int32, int64, bool or an enum
  void add_float(int field, float value);
  void add_double(int field, double value);
  void add_bytes(int field, std::string_view value);  // bytes or a string
  void add_message(int field, const ProtobufMessage& value) { add_bytes(field, value.bytes()); }

  const std::string& bytes() const { return bytes_; }

 private:
  void add_varint(uint64_t value);
  void add_key(int field, unsigned type);

  std::string bytes_;
};

}  // namespace lienet
