#include "tools/pictures/npy.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "temporary_directory.h"

using namespace lienet;
using test::get;

namespace {

std::vector<float> some_values(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = 0.37f * static_cast<float>(i) - 1.5f;
  return values;
}

std::string bytes_of(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), 4 * values.size()};
}

}  // namespace

// What numpy.save() writes, byte for byte.
TEST_CASE("npy: the bytes of a small array") {
  const test::TemporaryDirectory dir;
  write_npy(dir / "a.npy", std::vector<float>{1.0f, -2.5f, 0.0f}, {3, 1});
  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 1), }";
  expected.resize(127, ' ');
  expected += '\n';
  expected += std::string("\x00\x00\x80\x3f\x00\x00\x20\xc0\x00\x00\x00\x00", 12);
  CHECK(get(dir / "a.npy") == expected);
  CHECK(npy_of(std::vector<float>{1.0f, -2.5f, 0.0f}, {3, 1}, "a") == expected);
}

TEST_CASE("npy: shapes and alignment") {
  const test::TemporaryDirectory dir;
  const int64_t large = 123'456'789'012'345'678;  // four of them make a header of 192 bytes
  const std::string digits = "123456789012345678";
  const std::vector<std::pair<Shape, std::string>> cases = {
      {{}, "()"},
      {{7}, "(7,)"},
      {{3, 5}, "(3, 5)"},
      {{2, 3, 1, 3, 1}, "(2, 3, 1, 3, 1)"},
      {{0, large, large, large, large},
       "(0, " + digits + ", " + digits + ", " + digits + ", " + digits + ")"}};
  for (const auto& c : cases) {
    const std::string& text = c.second;
    CAPTURE(text);
    const std::vector<float> values = some_values(c.first.size());
    write_npy(dir / "a.npy", values, c.first);
    const std::string bytes = get(dir / "a.npy");
    const size_t begin = bytes.size() - 4 * values.size();
    CHECK(begin % 64 == 0);
    CHECK(static_cast<unsigned char>(bytes[8]) + 256 * static_cast<unsigned char>(bytes[9]) ==
          static_cast<int>(begin) - 10);
    CHECK(bytes[begin - 1] == '\n');
    CHECK(bytes.find("'shape': " + text + ", }") != std::string::npos);
    CHECK(bytes.substr(begin) == bytes_of(values));
  }
}

TEST_CASE("npy: values that are no numbers keep their bits") {
  const test::TemporaryDirectory dir;
  const std::vector<float> values = {std::numeric_limits<float>::infinity(),
                                     std::numeric_limits<float>::quiet_NaN(), -0.0f};
  write_npy(dir / "a.npy", values, {3});
  CHECK(get(dir / "a.npy").substr(128) == bytes_of(values));
}

TEST_CASE("npy: what cannot be written") {
  const test::TemporaryDirectory dir;
  const std::string file = (dir / "a.npy").string();
  CHECK_THROWS_WITH_AS(write_npy(file, some_values(14), {3, 5}),
                       (file + ": 14 values; an array of [3, 5] has 15").c_str(), Error);
  CHECK_FALSE(std::filesystem::exists(file));
  const std::string lost = (dir / "no" / "a.npy").string();
  CHECK_THROWS_WITH_AS(write_npy(lost, some_values(3), {3}),
                       (lost + ": cannot be written: No such file or directory").c_str(), Error);
}
