#include "engine/protobuf.h"

#include <doctest/doctest.h>

#include <limits>

#include "protobuf_fields.h"

using namespace lienet;
using test::ProtobufFields;

namespace {

std::string integer(int field, int64_t value) {
  ProtobufMessage m;
  m.add_integer(field, value);
  return m.bytes();
}

}  // namespace

// The examples of protobuf.dev/programming-guides/encoding.
TEST_CASE("protobuf: the format's own examples") {
  CHECK(integer(1, 150) == "\x08\x96\x01");
  CHECK(integer(1, -2) == "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  ProtobufMessage text;
  text.add_bytes(2, "testing");
  CHECK(text.bytes() == "\x12\x07testing");
  ProtobufMessage inner, outer;
  inner.add_integer(1, 150);
  outer.add_message(3, inner);
  CHECK(outer.bytes() == "\x1a\x03\x08\x96\x01");
}

TEST_CASE("protobuf: varints of every length") {
  CHECK(integer(1, 0) == std::string("\x08\x00", 2));
  for (int bits = 0; bits < 63; ++bits)
    for (const int64_t value : {(int64_t{1} << bits) - 1, int64_t{1} << bits}) {
      CAPTURE(value);
      const std::string bytes = integer(1, value);
      CHECK(ProtobufFields(bytes).at(1).integer == static_cast<uint64_t>(value));
      int digits = 1;  // of base 128
      for (int64_t rest = value >> 7; rest > 0; rest >>= 7) ++digits;
      CHECK(bytes.size() == 1 + static_cast<size_t>(digits));
    }
  CHECK(integer(1, std::numeric_limits<int64_t>::min()).size() == 11);
  CHECK(integer(15, 1).size() == 2);
  CHECK(integer(16, 1).size() == 3);  // the key has two bytes
  CHECK(ProtobufFields(integer(2000, 7)).at(2000).integer == 7);
}

TEST_CASE("protobuf: fields come back in their order") {
  ProtobufMessage m;
  m.add_double(1, 0.1);
  m.add_float(2, -2.5f);
  m.add_bytes(3, std::string(300, 'x'));
  m.add_bytes(3, "");
  m.add_integer(20, 5);
  const ProtobufFields fields(m.bytes());
  REQUIRE(fields.all.size() == 5);
  CHECK(fields.at(1).type == 1);
  CHECK(fields.at(1).as_double() == 0.1);
  CHECK(fields.at(2).type == 5);
  CHECK(fields.at(2).as_float() == -2.5f);
  CHECK(fields.all_of(3)[0].bytes == std::string(300, 'x'));
  CHECK(fields.all_of(3)[1].bytes.empty());
  CHECK(fields.at(20).integer == 5);
}
