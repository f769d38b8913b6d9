#include "datasets/image.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "image_files.h"
#include "temporary_directory.h"

using namespace lienet;
using test::Contains;
using test::message_of;

namespace {

int largest_difference(const Image& a, const Image& b) {
  REQUIRE(a.height == b.height);
  REQUIRE(a.width == b.width);
  REQUIRE(a.pixels.size() == b.pixels.size());
  int most = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i)
    most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  return most;
}

std::string refusal(const std::string& bytes, const ImageLimits& limits = {}) {
  return message_of([&] { decode_image(bytes, "x.jpg", limits); });
}

// The JPEG with another height and width in its frame's header.
std::string resized_header(std::string jpeg, int height, int width) {
  size_t frame = jpeg.find("\xff\xc0");
  if (frame == jpeg.npos) frame = jpeg.find("\xff\xc2");
  REQUIRE(frame != jpeg.npos);
  for (const auto& [at, value] : {std::pair(5, height), std::pair(7, width)}) {
    jpeg[frame + at] = static_cast<char>(value >> 8);
    jpeg[frame + at + 1] = static_cast<char>(value & 255);
  }
  return jpeg;
}

// The JPEG with its last scan so many times more.
std::string repeated_scan(const std::string& jpeg, int times) {
  const size_t scan = jpeg.rfind("\xff\xda"), end = jpeg.size() - 2;
  std::string all = jpeg.substr(0, end);
  for (int i = 0; i < times; ++i) all += jpeg.substr(scan, end - scan);
  return all + jpeg.substr(end);
}

}  // namespace

TEST_CASE("image: JPEG, baseline and progressive, in colour and grey") {
  const Image image = test::smooth_image(37, 51);
  CHECK(largest_difference(decode_image(test::jpeg_of(image), "a"), image) <= 4);
  CHECK(largest_difference(decode_image(test::jpeg_of(image, {.progressive = true}), "a"), image) <=
        4);
  const Image grey =
      decode_image(test::jpeg_of(test::flat_image(9, 8, 200, 100, 50), {.grey = true}), "a");
  // 0.299 R + 0.587 G + 0.114 B
  CHECK(largest_difference(grey, test::flat_image(9, 8, 124, 124, 124)) <= 1);
}

TEST_CASE("image: a CMYK JPEG is taken for Adobe's, stored inverted") {
  // C 255-200, M 255-100, Y 255-0, K 255-128 -> each (1 - ink) (1 - K)
  std::vector<uint8_t> cmyk;
  for (int i = 0; i < 64; ++i) cmyk.insert(cmyk.end(), {200, 100, 0, 128});
  CHECK(largest_difference(decode_image(test::cmyk_jpeg(cmyk, 8, 8), "a"),
                           test::flat_image(8, 8, 100, 50, 0)) <= 2);
}

TEST_CASE("image: PNG of every kind") {
  const Image image = test::noise_image(5, 7);
  CHECK(largest_difference(decode_image(test::png_file(image), "a"), image) == 0);
  const Image grey = decode_image(test::png_file({0, 90, 255}, 1, 3, 1), "a");
  CHECK(grey.pixels == std::vector<uint8_t>{0, 90, 255, 0, 90, 255, 0, 90, 255});
  // Alpha goes away, whatever it is.
  const Image alpha = decode_image(test::png_file({10, 20, 30, 0, 40, 50, 60, 255}, 1, 2, 4), "a");
  CHECK(alpha.pixels == std::vector<uint8_t>{10, 40, 20, 50, 30, 60});
  CHECK(decode_image(test::png_file({77, 0}, 1, 1, 2), "a").pixels ==
        std::vector<uint8_t>{77, 77, 77});
  // Of 16 bits the upper 8.
  CHECK(decode_image(test::png_file({0x12ff, 0x3400, 0x5680}, 1, 1, 3, 16), "a").pixels ==
        std::vector<uint8_t>{0x12, 0x34, 0x56});
}

TEST_CASE("image: damaged files are one line each") {
  const std::string jpeg = test::jpeg_of(test::smooth_image(40, 40));
  const std::string png = test::png_file(test::noise_image(40, 40));
  CHECK(refusal("") == "x.jpg: is empty; expected a JPEG or PNG image");
  CHECK(refusal("<html>\nnot here") ==
        "x.jpg: is neither a JPEG nor a PNG image: it begins with \"<html>\\x0an\"");
  CHECK(refusal(jpeg.substr(0, jpeg.size() / 2)) ==
        Contains("x.jpg: the JPEG ends too early, after "));
  CHECK(refusal(jpeg.substr(0, 30)) == "x.jpg: the JPEG ends before it says its size");
  CHECK(refusal(png.substr(0, png.size() / 2)) ==
        Contains("x.jpg: the PNG is damaged or ends too early: "));
  CHECK(refusal(png.substr(0, 20)) == "x.jpg: the PNG ends before it says its size");
  // Every length from nothing to all but the last byte is refused without a crash.
  for (const std::string& whole : {jpeg, png})
    for (size_t n = 0; n + 12 < whole.size(); n += 1 + n / 64)
      CHECK(refusal(whole.substr(0, n)) == Contains("x.jpg: "));
}

TEST_CASE("image: what a file claims is bounded before it is decoded") {
  const std::string jpeg = test::jpeg_of(test::smooth_image(16, 16));
  CHECK(refusal(resized_header(jpeg, 16000, 16000)) ==
        "x.jpg: claims to have 16000x16000 pixels; expected 67108864 in all at most");
  CHECK(refusal(resized_header(jpeg, 0, 16)) ==
        "x.jpg: claims to have 0x16 pixels; is it damaged?");
  CHECK(refusal(jpeg, {.pixels = 255}) == Contains("expected 255 in all"));
  CHECK(refusal(jpeg, {.pixels = 256}).empty());
  const std::string scans = test::jpeg_of(test::smooth_image(16, 16), {.progressive = true});
  CHECK(refusal(repeated_scan(scans, 500)) == Contains(" scans, expected 100 at most"));
  std::string png = test::png_file(test::noise_image(16, 16));
  png[16] = png[20] = '\x01';
  CHECK(refusal(png) == Contains("expected 67108864 in all at most"));
}

TEST_CASE("image: a PNG that holds far more than its size says is not inflated") {
  // 8x8 pixels by its header, 4 MB by its data.
  std::string bomb = test::png_file(std::vector<uint16_t>(size_t{1} << 22), 1, 1 << 22, 1);
  for (const int at : {16, 20})
    for (int i = 0; i < 4; ++i) bomb[static_cast<size_t>(at + i)] = i == 3 ? '\x08' : '\0';
  CHECK(refusal(bomb) == "x.jpg: the PNG is damaged: it holds more than its size says");
}

TEST_CASE("image: files that cannot be read") {
  const test::TemporaryDirectory dir;
  const auto refused = [&](const char* name) {
    return message_of([&] { read_image(dir / name); });
  };
  test::put(dir / "good.jpg", test::png_file(test::noise_image(3, 4)));  // its name may lie
  CHECK(read_image(dir / "good.jpg").width == 4);
  test::put(dir / "text.jpg", "this is text");
  CHECK(refused("text.jpg") ==
        (dir / "text.jpg").string() +
            ": is neither a JPEG nor a PNG image: it begins with \"this is \"");
  std::filesystem::create_symlink(dir / "nowhere.jpg", dir / "dangling.jpg");
  CHECK(refused("dangling.jpg") ==
        (dir / "dangling.jpg").string() + ": cannot be read: No such file or directory");
  CHECK(refused("") == Contains("cannot be read"));
  CHECK(message_of([&] { read_image(dir / "good.jpg", {.file_bytes = 10}); }) ==
        Contains("has more than the 10 bytes"));
  if (::geteuid() == 0) return;  // who may read everything
  std::filesystem::permissions(dir / "good.jpg", std::filesystem::perms::none);
  CHECK(refused("good.jpg") == Contains("cannot be read: Permission denied"));
}
