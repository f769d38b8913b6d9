#include "engine/random.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace lienet;

TEST_CASE("philox gives the published vectors") {
  using Block = std::array<uint32_t, 4>;
  CHECK(Random::philox({0, 0, 0, 0}, {0, 0}) ==
        Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(
      Random::philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}) ==
      Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(
      Random::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
      Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("every part of the key makes another stream, and at() is the stream") {
  const RandomKey base{.seed = 1, .epoch = 2, .sample = 3, .use = RandomUse::augment, .stream = 4};
  RandomKey other[5] = {base, base, base, base, base};
  other[0].seed = 1ull << 40;
  other[1].epoch = 3;
  other[2].sample = 4;
  other[3].use = RandomUse::mix;
  other[4].stream = 5;
  for (const RandomKey& k : other) CHECK(Random(k).at(0) != Random(base).at(0));
  Random r(base);
  for (uint64_t i = 0; i < 11; ++i) CHECK(r.next() == Random(base).at(i));
}

TEST_CASE("moments") {
  Random r({.seed = 9});
  double sum = 0, squares = 0, uniform = 0;
  int counts[3] = {};
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double x = r.normal();
    sum += x, squares += x * x, uniform += r.uniform();
    ++counts[r.below(3)];
  }
  CHECK(std::abs(sum / n) < 0.03);
  CHECK(squares / n == doctest::Approx(1).epsilon(0.03));
  CHECK(uniform / n == doctest::Approx(0.5).epsilon(0.02));
  for (const int c : counts) CHECK(c == doctest::Approx(n / 3.0).epsilon(0.03));
}
