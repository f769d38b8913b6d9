#include "engine/dtype.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace lienet;

TEST_CASE("float16: every value survives the way through float") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    float16 h;
    h.bits = static_cast<uint16_t>(bits);
    const float value = h;
    if (std::isnan(value))
      CHECK(std::isnan(float(float16(value))));
    else
      CHECK(float16(value).bits == bits);
  }
}

TEST_CASE("float16 rounds to nearest, ties to even") {
  const auto bits = [](float v) { return float16(v).bits; };
  CHECK(bits(1) == 0x3c00);
  CHECK(bits(-2) == 0xc000);
  CHECK(bits(65504) == 0x7bff);
  CHECK(bits(65519) == 0x7bff);
  CHECK(bits(65520) == 0x7c00);  // a tie, and the even neighbour is infinity
  CHECK(bits(1 + 0x1p-11f) == 0x3c00);
  CHECK(bits(1 + 3 * 0x1p-11f) == 0x3c02);
  CHECK(bits(0x1p-14f) == 0x0400);
  CHECK(bits(0x1p-24f) == 0x0001);
  CHECK(bits(0x1p-25f) == 0x0000);
  CHECK(bits(1.5f * 0x1p-25f) == 0x0001);
  CHECK(bits(-0.0f) == 0x8000);
  CHECK(bits(std::numeric_limits<float>::infinity()) == 0x7c00);
  // The neighbours of every midpoint between values.
  for (uint16_t b = 0; b < 0x7bff; ++b) {
    float16 low, high;
    low.bits = b, high.bits = static_cast<uint16_t>(b + 1);
    const float middle = (float(low) + float(high)) / 2;
    CHECK(bits(std::nextafter(middle, 0.0f)) == low.bits);
    CHECK(bits(std::nextafter(middle, 1e9f)) == high.bits);
    CHECK(bits(middle) == (b % 2 ? high.bits : low.bits));
  }
}

TEST_CASE("bfloat16 rounds to nearest, ties to even") {
  CHECK(bfloat16(1 + 0x1p-8f).bits == 0x3f80);
  CHECK(bfloat16(1 + 3 * 0x1p-8f).bits == 0x3f82);
  CHECK(std::isnan(float(bfloat16(std::numeric_limits<float>::quiet_NaN()))));
}
