// A message's fields, read by the wire format alone.
#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lienet::test {

struct ProtobufField {
  int number = 0;
  unsigned type = 0;
  uint64_t integer = 0;  // a varint; of type 1 and 5 the bits
  std::string bytes{};   // of type 2

  double as_double() const {
    double value = 0;
    std::memcpy(&value, &integer, sizeof value);
    return value;
  }
  float as_float() const {
    const auto bits = static_cast<uint32_t>(integer);
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
};

// Throws std::out_of_range where the message ends within a field.
class ProtobufFields {
 public:
  explicit ProtobufFields(const std::string& message) {
    for (size_t at = 0; at < message.size();) {
      const uint64_t key = varint(message, at);
      ProtobufField field{.number = static_cast<int>(key >> 3),
                          .type = static_cast<unsigned>(key & 7)};
      if (field.type == 0)
        field.integer = varint(message, at);
      else if (field.type == 2)
        field.bytes = take(message, at, varint(message, at));
      else if (field.type == 1 || field.type == 5)
        std::memcpy(&field.integer, take(message, at, field.type == 1 ? 8 : 4).data(),
                    field.type == 1 ? 8 : 4);
      else
        throw std::out_of_range("a wire type that nobody writes");
      all.push_back(std::move(field));
    }
  }

  std::vector<ProtobufField> all_of(int number) const {
    std::vector<ProtobufField> found;
    for (const ProtobufField& field : all)
      if (field.number == number) found.push_back(field);
    return found;
  }
  // The only one. Throws std::out_of_range where there is none, or several.
  ProtobufField at(int number) const {
    const std::vector<ProtobufField> found = all_of(number);
    if (found.size() != 1) throw std::out_of_range("field " + std::to_string(number));
    return found[0];
  }
  ProtobufFields message(int number) const { return ProtobufFields(at(number).bytes); }

  std::vector<ProtobufField> all;

 private:
  static uint64_t varint(const std::string& message, size_t& at) {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<uint8_t>(message.at(at++));
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
  }
  static std::string take(const std::string& message, size_t& at, size_t count) {
    if (count > message.size() - at) throw std::out_of_range("a field that is cut off");
    at += count;
    return message.substr(at - count, count);
  }
};

}  // namespace lienet::test
