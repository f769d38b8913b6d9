#include "datasets/augment.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "engine/context.h"
#include "engine/error.h"

using namespace lienet;

namespace {

constexpr int64_t height = 5, width = 7, size = 3 * height * width;

// Every pixel its own value, none of them 0, which is the padding.
std::vector<uint8_t> picture() {
  std::vector<uint8_t> p(size);
  for (int64_t i = 0; i < size; ++i) p[static_cast<size_t>(i)] = static_cast<uint8_t>(2 * i + 1);
  return p;
}

// No normalisation but the division by 255.
std::vector<int> run(const AugmentOptions& o, uint32_t sample, uint32_t epoch = 0) {
  const Augment augment(o, {}, height, width);
  std::vector<float> out(size, std::nanf(""));
  augment.apply(picture().data(),
                {.seed = 3, .epoch = epoch, .sample = sample, .use = RandomUse::augment},
                out.data());
  std::vector<int> bytes;
  for (const float v : out) bytes.push_back(static_cast<int>(std::lround(v * 255)));
  return bytes;
}

}  // namespace

TEST_CASE("augment: with all off it normalises") {
  const ChannelStats stats = {{0.5f, 0.25f, 0.125f}, {0.5f, 2, 4}};
  const Augment augment({}, stats, height, width);
  std::vector<float> out(size);
  const auto in = picture();
  augment.apply(in.data(), {}, out.data());
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t c = i / (height * width);
    CHECK(out[i] == doctest::Approx((in[i] / 255.0 - stats.mean[c]) / stats.deviation[c]));
  }
}

TEST_CASE("augment: crop and flip move pixels as one") {
  const auto in = picture();
  std::set<std::pair<int, int>> offsets;
  int mirrored = 0;
  for (uint32_t sample = 0; sample < 400; ++sample) {
    const auto out = run({.pad = 2, .flip = true}, sample);
    int found = 0;
    for (int dy = -2; dy <= 2; ++dy)
      for (int dx = -2; dx <= 2; ++dx)
        for (int flip = 0; flip < 2; ++flip) {
          bool same = true;
          for (int64_t i = 0; i < size && same; ++i) {
            const int64_t c = i / (height * width), y = i / width % height + dy, x = i % width;
            const int64_t from = (flip ? width - 1 - x : x) + dx;
            const bool outside = y < 0 || y >= height || from < 0 || from >= width;
            const int want = outside ? 0 : in[static_cast<size_t>((c * height + y) * width + from)];
            same = out[static_cast<size_t>(i)] == want;
          }
          if (!same) continue;
          ++found, mirrored += flip;
          offsets.insert({dy, dx});
        }
    CHECK(found == 1);
  }
  CHECK(offsets.size() == 25);
  CHECK(mirrored > 150);
  CHECK(mirrored < 250);
}

TEST_CASE("augment: the numbers depend on sample and epoch alone") {
  const AugmentOptions o = {.pad = 2, .flip = true, .cutout = 3, .colour_changes = 2};
  CHECK(run(o, 4, 1) == run(o, 4, 1));
  CHECK(run(o, 4, 1) != run(o, 5, 1));
  CHECK(run(o, 4, 1) != run(o, 4, 2));
}

TEST_CASE("augment: cutout clears a clipped square in all channels") {
  const auto in = picture();
  std::set<int> areas;
  for (uint32_t sample = 0; sample < 100; ++sample) {
    const auto out = run({.cutout = 3}, sample);
    int cleared = 0;
    for (size_t i = 0; i < size; ++i) {
      CHECK((out[i] == in[i] || out[i] == 0));
      CHECK((out[i] == 0) == (out[i % (height * width)] == 0));
      cleared += i < height * width && out[i] == 0;
    }
    areas.insert(cleared);
  }
  CHECK(*areas.rbegin() == 9);
  CHECK(*areas.begin() == 4);
}

TEST_CASE("augment: colour changes stay moderate and keep places") {
  for (uint32_t sample = 0; sample < 30; ++sample) {
    const auto out = run({.colour_changes = 1, .colour_strength = 0.2}, sample);
    const auto in = picture();
    CHECK(out != std::vector<int>(in.begin(), in.end()));
    for (size_t i = 0; i < size; ++i) CHECK(std::abs(out[i] - in[i]) <= 52);
  }
  const auto in = picture();
  CHECK(run({.colour_changes = 3, .colour_strength = 0}, 0) ==
        std::vector<int>(in.begin(), in.end()));
}

TEST_CASE("augment: options that make no sense are refused") {
  const auto made = [](const AugmentOptions& o, const ChannelStats& s = {}) {
    Augment(o, s, height, width);
  };
  CHECK_THROWS_AS(made({.pad = -1}), Error);
  CHECK_THROWS_AS(made({.pad = 5}), Error);
  CHECK_THROWS_AS(made({.cutout = 6}), Error);
  CHECK_THROWS_AS(made({.colour_changes = -1}), Error);
  CHECK_THROWS_AS(made({.colour_strength = 1.5}), Error);
  CHECK_THROWS_AS(made({}, {{0, 0, 0}, {1, 0, 1}}), Error);
}
