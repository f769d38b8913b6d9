#include "tools/training/readable.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace lienet;

TEST_CASE("some of many, the first and the last among them") {
  using Places = std::vector<size_t>;
  CHECK(evenly_chosen(0, 3).empty());
  CHECK(evenly_chosen(2, 3) == Places{0, 1});
  CHECK(evenly_chosen(7, 3) == Places{0, 3, 6});
  CHECK(evenly_chosen(7, 1) == Places{0});
}

TEST_CASE("readable numbers") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999.4) == "999");
  CHECK(with_commas(999.5) == "1,000");
  CHECK(with_commas(1234567) == "1,234,567");
  CHECK(with_commas(NAN) == "nan");
  CHECK(duration(0) == "0 s");
  CHECK(duration(44.2) == "45 s");
  CHECK(duration(59.5) == "1 min");
  CHECK(duration(731) == "12 min");
  CHECK(duration(3599) == "1 h 00 min");
  CHECK(duration(3720) == "1 h 02 min");
  CHECK(duration(2 * 86400 + 3 * 3600) == "2 d 3 h");
  CHECK(duration(NAN) == "?");
  CHECK(byte_size(0) == "0 B");
  CHECK(byte_size(1023) == "1023 B");
  CHECK(byte_size(1024) == "1.0 KiB");
  CHECK(byte_size(1536 << 10) == "1.5 MiB");
  CHECK(byte_size((size_t{1} << 30) - 1) == "1.0 GiB");
}
