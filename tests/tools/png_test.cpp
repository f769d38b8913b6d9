#include "tools/pictures/png.h"

#include <doctest/doctest.h>

#include <vector>

#include "engine/error.h"
#include "png_chunks.h"

using namespace lienet;
using test::big_endian;

TEST_CASE("png: the file says what it holds") {
  std::vector<uint8_t> rgb(3 * 5 * 7);
  for (size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<uint8_t>(37 * i);
  const std::string png = png_of(rgb, 5, 7);
  CHECK(png.substr(0, 8) == "\x89PNG\r\n\x1a\n");
  CHECK(png.substr(12, 4) == "IHDR");
  CHECK(big_endian(png, 16) == 7);  // width first
  CHECK(big_endian(png, 20) == 5);
  CHECK(png[24] == 8);  // bits
  CHECK(png[25] == 2);  // RGB
  CHECK(png.substr(png.size() - 8, 4) == "IEND");
  rgb[0] ^= 1;
  CHECK(png_of(rgb, 5, 7) != png);
}

TEST_CASE("png: sizes that are none") {
  const std::vector<uint8_t> rgb(3 * 5 * 7);
  CHECK_THROWS_WITH_AS(png_of(rgb, 5, 6), "png: 105 bytes; an image of 5 x 6 pixels has 90", Error);
  CHECK_THROWS_WITH_AS(png_of(rgb, 0, 7),
                       "png: an image of 0 x 7 pixels; expected 1 to 67108864 pixels", Error);
  CHECK_THROWS_AS(png_of(rgb, 5, -7), Error);
  CHECK_THROWS_AS(png_of(rgb, int64_t{1} << 40, int64_t{1} << 40), Error);
}

TEST_CASE("base64: RFC 4648's examples") {
  CHECK(base64("") == "");
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xfb\xff\xfe") == "+//+");
  CHECK(png_data_uri("foo") == "data:image/png;base64,Zm9v");
}
