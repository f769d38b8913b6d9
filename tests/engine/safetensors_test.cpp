#include "engine/safetensors.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <limits>

#include "engine/error.h"
#include "engine/safetensors_header.h"
#include "temporary_directory.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;
using test::Contains;
using test::message_of;
using test::TemporaryDirectory;

std::string length_of(uint64_t n) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &n, 8);
  return bytes;
}
std::string with_header(const std::string& json, size_t data_bytes) {
  return length_of(json.size()) + json + std::string(data_bytes, '\1');
}

// What is said about a file of these bytes; empty where it is fine. Always one line with its name.
std::string said_about(const std::string& bytes) {
  const TemporaryDirectory dir;
  write_atomically(dir / "m.safetensors", bytes);
  std::string message = message_of([&] { SafetensorsFile::open(dir / "m.safetensors"); });
  if (!message.empty()) {
    CHECK(message == Contains((dir / "m.safetensors").string() + ": "));
    CHECK(message.find('\n') == std::string::npos);
    CHECK(message.size() < 400);
  }
  return message;
}
std::string said_about(const std::string& json, size_t data_bytes) {
  return said_about(with_header(json, data_bytes));
}

// Distinct bytes that are valid values of any type.
Tensor filled(Context& ctx, const Shape& shape, DType dtype) {
  Tensor t = ctx.empty(shape, dtype);
  auto* bytes = static_cast<unsigned char*>(t.raw());
  for (size_t i = 0; i < t.bytes(); ++i) bytes[i] = static_cast<unsigned char>(i * 37 + 11);
  return t;
}
bool same_bytes(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.bytes() == 0 || std::memcmp(a.raw(), b.raw(), a.bytes()) == 0);
}

}  // namespace

TEST_CASE("safetensors: every type and shape comes back") {
  const TemporaryDirectory dir;
  Context ctx({.device = Device::ref});
  const std::vector<Shape> shapes = {{},        {1},    {7},          {0},
                                     {3, 0, 2}, {3, 5}, {2, 3, 1, 3}, {1, 2, 1, 3, 1}};
  std::vector<NamedTensor> tensors;
  for (const DType dtype : {DType::u8, DType::bf16, DType::f32, DType::i64, DType::f64})
    for (const Shape& shape : shapes)
      tensors.push_back({std::string(name_of(dtype)) + shape.str(), filled(ctx, shape, dtype)});
  const std::map<std::string, std::string> metadata = {
      {"format", "pt"}, {"", ""}, {"\"\\/\n\t\x01", "\xc3\xa9\xf0\x9f\x98\x80"}};
  save_safetensors(dir / "a", tensors, metadata);

  const SafetensorsFile file = SafetensorsFile::open(dir / "a");
  CHECK(file.metadata() == metadata);
  REQUIRE(file.entries().size() == tensors.size());
  for (const NamedTensor& t : tensors) {
    CAPTURE(t.name);
    REQUIRE(file.find(t.name) != nullptr);
    CHECK(file.find(t.name)->begin % size_of(t.tensor.dtype()) == 0);
    CHECK(same_bytes(file.load(ctx, t.name), t.tensor));
  }
  for (size_t i = 1; i < tensors.size(); ++i)
    CHECK(file.entries()[i].begin == file.entries()[i - 1].end);
  CHECK(file.find("none") == nullptr);

  // The data begins at a multiple of 8, and the same tensors give the same bytes.
  const std::string bytes = read_file(dir / "a", 1 << 20);
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  CHECK(length % 8 == 0);
  save_safetensors(dir / "b", tensors, metadata);
  CHECK(read_file(dir / "b", 1 << 20) == bytes);
}

TEST_CASE("safetensors: the bytes are the format's") {
  const TemporaryDirectory dir;
  Context ctx({.device = Device::ref});
  Tensor w = ctx.empty({1, 2}, DType::f32);
  w.data<float>()[0] = 1.0f, w.data<float>()[1] = -2.0f;
  Tensor n = ctx.empty({}, DType::i64);
  n.data<int64_t>()[0] = 258;
  save_safetensors(dir / "a", std::vector<NamedTensor>{{"w", w}, {"n", n}}, {{"k", "v"}});
  std::string json = R"({"__metadata__":{"k":"v"},)"
                     R"("n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                     R"("w":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}})";
  json.resize((json.size() + 7) / 8 * 8, ' ');
  const std::string data("\2\1\0\0\0\0\0\0\0\0\x80\x3f\0\0\0\xc0", 16);
  CHECK(read_file(dir / "a", 10000) == length_of(json.size()) + json + data);

  save_safetensors(dir / "empty", {});
  CHECK(read_file(dir / "empty", 100) == length_of(8) + "{}      ");
  CHECK(SafetensorsFile::open(dir / "empty").entries().empty());
}

TEST_CASE("safetensors: valid files of others are read") {
  CHECK(said_about("{}", 0).empty());
  CHECK(said_about(R"({"__metadata__":{}} )", 0).empty());
  // In any order, with spaces, and with types that cannot be loaded.
  CHECK(said_about(R"({ "b":{"data_offsets":[2,6],"shape":[2,1],"dtype":"F16"},
                        "a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]} })",
                   6)
            .empty());
}

TEST_CASE("safetensors: the header's length") {
  CHECK(said_about("") == Contains("has 0 bytes, expected 8 or more"));
  CHECK(said_about("1234567") == Contains("has 7 bytes, expected 8 or more"));
  CHECK(said_about(length_of(0)) == Contains("byte 8: expected the header's '{'"));
  CHECK(said_about(length_of(3) + "{}") ==
        Contains("byte 0: the header has 3 bytes, the file 2 more"));
  CHECK(said_about(length_of(std::numeric_limits<uint64_t>::max()) + "{}") ==
        Contains("byte 0: the header has 18446744073709551615 bytes, the file 2 more"));
  const uint64_t over = max_safetensors_header + 1;
  CHECK(said_about("{}" + std::string(over, ' '), 0) ==
        Contains("byte 0: the header has 16777219 bytes, at most 16777216 are read"));
  CHECK(said_about("{}" + std::string(max_safetensors_header - 2, ' '), 0).empty());
  CHECK(said_about("PK\3\4 and the rest of a zip file") == Contains("torch.save()"));
  CHECK(said_about("\x80\2 and the rest of a pickle") == Contains("torch.save()"));
  CHECK(said_about("<html> not found </html>") == Contains("cut off or not safetensors"));
}

TEST_CASE("safetensors: offsets, shapes and sizes") {
  const auto one = [](const std::string& dtype, const std::string& shape, const std::string& at) {
    return R"({"a":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + at +
           "}}";
  };
  CHECK(said_about(one("F32", "[2]", "[0,8]"), 8).empty());
  CHECK(said_about(one("F32", "[2]", "[0,8]"), 7) ==
        Contains("\"a\": ends at byte 8 of the data, the file has 7;"));
  CHECK(said_about(one("F32", "[2]", "[0,8]"), 9) ==
        Contains("the tensors end at byte 8 of the data, the file has 1 more;"));
  CHECK(said_about("{}", 1) ==
        Contains("the tensors end at byte 0 of the data, the file has 1 more"));
  CHECK(said_about(one("F32", "[2]", "[8,0]"), 8) ==
        Contains("\"a\": begins at byte 8 of the data and ends at 0;"));
  CHECK(said_about(one("F32", "[2]", "[1,9]"), 9) ==
        Contains("\"a\": begins at byte 1 of the data, expected 0: bytes between"));
  CHECK(said_about(one("F32", "[3]", "[0,8]"), 8) ==
        Contains("\"a\": has 8 bytes, its shape and type F32 need 12;"));
  CHECK(said_about(one("F64", "[]", "[0,4]"), 4) == Contains("type F64 need 8;"));
  CHECK(said_about(one("F32", "[4611686018427387904,2]", "[0,0]"), 0) ==
        Contains("\"a\": its shape has more elements than 64 bits"));
  CHECK(said_about(one("U8", "[9223372036854775807,9223372036854775807,0]", "[0,0]"), 0) ==
        Contains("more elements than 64 bits"));
  CHECK(said_about(one("F31", "[2]", "[0,8]"), 8) == Contains("\"a\": type \"F31\" is not one of"));
  CHECK(said_about(one("F32", "[2]", "[0]"), 8) ==
        Contains("\"a\", \"data_offsets\": expected 2 integers, found 1;"));
  CHECK(said_about(one("F32", "[2]", "[0,8,8]"), 8) == Contains("expected 2 integers, found 3"));

  const auto two = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}";
  };
  CHECK(said_about(two("[4,8]", "[0,4]"), 8).empty());
  CHECK(said_about(two("[0,4]", "[5,9]"), 9) ==
        Contains("\"b\": begins at byte 5 of the data, expected 4: bytes between"));
  CHECK(said_about(two("[0,4]", "[3,7]"), 7) ==
        Contains("\"b\": begins at byte 3 of the data, \"a\" ends at 4: they overlap"));
  CHECK(said_about(two("[0,4]", "[0,4]"), 4) == Contains("they overlap"));
}

TEST_CASE("safetensors: the header's integers") {
  const auto shape = [](const std::string& n) {
    return said_about(R"({"a":{"dtype":"U8","shape":[)" + n + R"(],"data_offsets":[0,1]}})", 1);
  };
  CHECK(shape("1").empty());
  for (const std::string n : {"-1", "-0", "1.0", "1e0", "9223372036854775808",
                              "18446744073709551616", "true", "null", "\"1\"", "{}", "[1]"}) {
    CAPTURE(n);
    CHECK(shape(n) ==
          Contains("\"a\", \"shape\": expected an integer from 0 to 92233720368547758"));
  }
  CHECK(shape("1e999") == Contains("the number is out of range"));
  CHECK(shape("01") == Contains("this is not valid JSON"));
}

TEST_CASE("safetensors: the header's keys") {
  const std::string a = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  CHECK(said_about("{" + a + "," + a + "}", 1) ==
        Contains("\"a\": the key stands twice in the header;"));
  CHECK(said_about(R"({"__metadata__":{},"__metadata__":{}})", 0) == Contains("stands twice"));
  CHECK(said_about(R"({"__metadata__":{"k":"1","k":"2"}})", 0) ==
        Contains("\"__metadata__\", \"k\": the key stands twice;"));
  CHECK(said_about(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1) ==
        Contains("\"a\", \"dtype\": the key stands twice;"));
  CHECK(said_about(R"({"a":{"type":"U8"}})", 0) ==
        Contains("\"a\", \"type\": unknown key, expected dtype, shape or data_offsets;"));
  CHECK(said_about(R"({"a":{}})", 0) == Contains("\"a\": has no dtype;"));
  CHECK(said_about(R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", 1) == Contains("has no shape;"));
  CHECK(said_about(R"({"a":{"dtype":"U8","shape":[1]}})", 1) == Contains("has no data_offsets;"));
  // A key may be anything; the message stays one short line.
  CHECK(said_about(R"({"\n)" + std::string(5000, 'x') + R"(":1})", 0) == Contains("\"\\nxxx"));
}

TEST_CASE("safetensors: the header's values") {
  CHECK(said_about("[1]", 0) == Contains("byte 8: expected the header's '{'"));
  CHECK(said_about(R"({"a":1})", 0) == Contains("\"a\": expected an object, found 1;"));
  CHECK(said_about(R"({"a":[]})", 0) == Contains("\"a\": expected an object, found a list;"));
  CHECK(said_about(R"({"__metadata__":null})", 0) == Contains("expected an object, found null;"));
  CHECK(said_about(R"({"__metadata__":{"k":1}})", 0) ==
        Contains("\"__metadata__\", \"k\": expected a string, found 1;"));
  CHECK(said_about(R"({"__metadata__":{"k":{"k":{}}}})", 0) ==
        Contains("expected a string, found an object;"));
  CHECK(said_about(R"({"a":{"dtype":["U8"]}})", 0) == Contains("expected a string, found a list;"));
  CHECK(said_about(R"({"a":{"shape":"[1]"}})", 0) ==
        Contains("\"a\", \"shape\": expected a list of integers, found a string;"));
}

TEST_CASE("safetensors: the header's JSON") {
  CHECK(said_about("{", 0) == Contains("header, byte 9: this is not valid JSON;"));
  CHECK(said_about("{x}", 0) == Contains("header, byte 9: this is not valid JSON;"));
  CHECK(said_about("{}{}", 0) == Contains("header, byte 10: this is not valid JSON;"));
  CHECK(said_about(" {}", 0) == Contains("byte 8: expected the header's '{'"));
  CHECK(said_about("\xef\xbb\xbf{}", 0) == Contains("byte 8: expected the header's '{'"));
  CHECK(said_about("{\"\xff\":{}}", 0) == Contains("this is not valid JSON"));
  CHECK(said_about(std::string("{}\0\0", 4), 0) == Contains("header, byte 10: a zero byte;"));
  CHECK(said_about("{}/**/", 0) == Contains("this is not valid JSON"));
  // 10 MiB of nesting is refused where it begins.
  const std::string deep(size_t{10} << 20, '[');
  CHECK(said_about(R"({"a":)" + deep, 0) == Contains("\"a\": expected an object, found a list;"));
  CHECK(said_about(R"({"a":{"shape":)" + deep, 0) == Contains("found a list;"));
}

TEST_CASE("safetensors: every cut of a file, and every changed byte of its header") {
  const TemporaryDirectory dir;
  Context ctx({.device = Device::ref});
  save_safetensors(dir / "a", std::vector<NamedTensor>{{"x", filled(ctx, {3}, DType::f32)},
                                                       {"y", filled(ctx, {2, 1}, DType::u8)}});
  const std::string bytes = read_file(dir / "a", 10000);
  for (size_t n = 0; n < bytes.size(); ++n) {
    CAPTURE(n);
    CHECK_FALSE(said_about(bytes.substr(0, n)).empty());
  }
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const std::string json = bytes.substr(8, length);
  const size_t data = bytes.size() - 8 - length;
  for (size_t i = 0; i < json.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = json;
      changed[i] = static_cast<char>(changed[i] ^ 1 << bit);
      try {
        parse_safetensors_header(changed, data, "a");
      } catch (const Error& error) {
        CHECK(std::string(error.what()).rfind("a: ", 0) == 0);
      }
    }
}

TEST_CASE("safetensors: what cannot be loaded") {
  const TemporaryDirectory dir;
  Context ctx({.device = Device::ref});
  write_atomically(
      dir / "a", with_header(R"({"short":{"dtype":"I16","shape":[1],"data_offsets":[0,2]},)"
                             R"("deep":{"dtype":"U8","shape":[1,1,1,1,1,1],"data_offsets":[2,3]},)"
                             R"("fc.weight":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})",
                             4));
  const SafetensorsFile file = SafetensorsFile::open(dir / "a");
  CHECK(file.load(ctx, "fc.weight").data<uint8_t>()[0] == 1);
  CHECK(message_of([&] { file.load(ctx, "short"); }) ==
        Contains("a: \"short\" is I16, expected F32, F64, BF16, F16, I64 or U8;"));
  CHECK(message_of([&] { file.load(ctx, "deep"); }) == Contains("\"deep\" has 6 dimensions"));
  CHECK(message_of([&] { file.load(ctx, "fc.wieght"); }) ==
        Contains("no tensor \"fc.wieght\"; the nearest name is \"fc.weight\""));

  write_atomically(dir / "empty", with_header("{}", 0));
  CHECK(message_of([&] { SafetensorsFile::open(dir / "empty").load(ctx, "x"); }) ==
        Contains("the file has none"));
  CHECK(message_of([&] { SafetensorsFile::open(dir / "none"); }) == Contains("No such file"));
  CHECK(message_of([&] { SafetensorsFile::open(dir.path()); }) == Contains("not a regular file"));
  ::mkfifo((dir / "pipe").c_str(), 0600);  // must not wait for a writer
  CHECK(message_of([&] { SafetensorsFile::open(dir / "pipe"); }) == Contains("not a regular file"));

  // Cut off after it was opened.
  fs::resize_file(dir / "a", fs::file_size(dir / "a") - 1);
  CHECK(message_of([&] { file.load(ctx, "fc.weight"); }) == Contains("changed while it was read"));
}

TEST_CASE("safetensors: what cannot be saved leaves the old file") {
  const TemporaryDirectory dir;
  Context ctx({.device = Device::ref});
  const Tensor x = filled(ctx, {3}, DType::f32);
  save_safetensors(dir / "a", std::vector<NamedTensor>{{"x", x}});
  const std::string before = read_file(dir / "a", 10000);
  const auto said = [&](const std::vector<NamedTensor>& tensors,
                        const std::map<std::string, std::string>& metadata = {}) {
    std::string message = message_of([&] { save_safetensors(dir / "a", tensors, metadata); });
    CHECK(read_file(dir / "a", 10000) == before);
    return message;
  };
  CHECK(said({{"x", x}, {"y", x}, {"x", x}}) == Contains("a: not written: \"x\" is given twice"));
  CHECK(said({{"x", Tensor()}}) == Contains("\"x\" has no tensor"));
  CHECK(said({{"__metadata__", x}}) == Contains("no tensor may be named __metadata__"));
  CHECK(said({{"\xff", x}}) == Contains("is not UTF-8"));
  CHECK(said({{"x", x}}, {{"k", "\xff"}}) == Contains("is not UTF-8"));
  CHECK(said({{"x", x}}, {{"k", std::string(max_safetensors_header, 'x')}}) ==
        Contains("at most 16777216 can be read again"));
  const Tensor blocked = ctx.empty({1, 8, 1, 1}, DType::f32, Layout::nChw8c);
  CHECK(said({{"x", blocked}}) == Contains("nChw8c, expected the plain layout"));
}

}  // namespace lienet
