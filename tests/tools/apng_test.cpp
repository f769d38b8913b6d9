#include "tools/pictures/apng.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "png_chunks.h"
#include "temporary_directory.h"
#include "tools/pictures/png.h"

using namespace lienet;
using test::big_endian;
using test::png_chunks;
using test::PngChunk;

namespace {

std::string picture(int64_t height, int64_t width, unsigned shade) {
  std::vector<uint8_t> rgb(static_cast<size_t>(3 * height * width));
  for (size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<uint8_t>(shade * i + shade);
  return png_of(rgb, height, width);
}

std::string stream_of(const std::string& png) {
  std::string stream;
  for (const PngChunk& chunk : png_chunks(png))
    if (chunk.type == "IDAT") stream += chunk.data;
  return stream;
}

}  // namespace

TEST_CASE("apng: every chunk of a file of three frames") {
  const std::string a = picture(5, 7, 3), b = picture(5, 7, 11), c = picture(5, 7, 0);
  const std::string file =
      apng_of(std::vector<ApngFrame>{{a, 100, "a"}, {b, 250, "b"}, {c, 65535, "c"}});
  CHECK(file.substr(0, 8) == a.substr(0, 8));
  const std::vector<PngChunk> chunks = png_chunks(file);
  std::string types;
  for (const PngChunk& chunk : chunks) {
    CHECK(chunk.sound);
    types += chunk.type + " ";
  }
  REQUIRE(types == "IHDR acTL fcTL IDAT fcTL fdAT fcTL fdAT IEND ");
  CHECK(chunks[0].data == png_chunks(a)[0].data);
  CHECK(big_endian(chunks[1].data, 0) == 3);
  CHECK(big_endian(chunks[1].data, 4) == 0);  // without an end
  // Controls and data count up together; IDAT has no number.
  CHECK(big_endian(chunks[2].data, 0) == 0);
  CHECK(big_endian(chunks[4].data, 0) == 1);
  CHECK(big_endian(chunks[5].data, 0) == 2);
  CHECK(big_endian(chunks[6].data, 0) == 3);
  CHECK(big_endian(chunks[7].data, 0) == 4);
  for (const size_t i : {2, 4, 6}) {
    const std::string& control = chunks[i].data;
    REQUIRE(control.size() == 26);
    CHECK(big_endian(control, 4) == 7);
    CHECK(big_endian(control, 8) == 5);
    CHECK(big_endian(control, 12) == 0);
    CHECK(big_endian(control, 16) == 0);
    CHECK(big_endian(control, 22, 2) == 1000);
    CHECK(big_endian(control, 24, 2) == 0);
  }
  CHECK(big_endian(chunks[2].data, 20, 2) == 100);
  CHECK(big_endian(chunks[4].data, 20, 2) == 250);
  CHECK(big_endian(chunks[6].data, 20, 2) == 65535);
  CHECK(chunks[3].data == stream_of(a));
  CHECK(chunks[5].data.substr(4) == stream_of(b));
  CHECK(chunks[7].data.substr(4) == stream_of(c));
}

TEST_CASE("apng: one frame is a picture, too") {
  const std::string a = picture(1, 1, 3);
  CHECK(test::count_chunks(apng_of(std::vector<ApngFrame>{{a, 1, "a"}}), "fcTL") == 1);
}

TEST_CASE("apng: frames that are none, each named") {
  const std::string a = picture(5, 7, 3);
  const auto refused = [&](const std::string& second) {
    return test::message_of([&] {
      apng_of(std::vector<ApngFrame>{{a, 1, "a"}, {second, 1, "b"}});
    });
  };
  std::string damaged = a;
  damaged[45] ^= 1;
  CHECK(refused(picture(7, 5, 3)) == "b: has not the size or the kind of pixels of a");
  CHECK(refused("") == "b: not a PNG");
  CHECK(refused("GIF89a") == "b: not a PNG");
  CHECK(refused(damaged) == "b: damaged, a wrong checksum");
  for (size_t size = 8; size < a.size(); ++size)
    CHECK(refused(a.substr(0, size)) == "b: ends too early");
  std::string endless = a;
  endless[8] = '\xff';
  CHECK(refused(endless) == "b: ends too early");
  CHECK(refused(a.substr(0, 8) + a.substr(a.size() - 12)) == "b: no picture in it");
  CHECK_THROWS_WITH_AS(apng_of({}), "apng: no frames", Error);
}
