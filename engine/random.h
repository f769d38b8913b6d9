// Random numbers that depend on what they are for, never on who asks first.
#pragma once

#include <array>
#include <cstdint>

namespace lienet {

// What a stream of random numbers is for. The values are part of what a seed means: never renumber.
enum class RandomUse : uint8_t {
  init = 0,
  shuffle = 1,
  augment = 2,
  mix = 3,
  dropout = 4,
  inhibit = 5,
  synthesis = 6,
  test = 7,
  bootstrap = 8,
  enhance = 9,
};

// Names one stream: the same key gives the same numbers on every machine and thread.
struct RandomKey {
  uint64_t seed = 0;
  uint32_t epoch = 0;
  uint32_t sample = 0;  // index of a sample, a step or a parameter, as the use wants it
  RandomUse use = RandomUse::init;
  uint32_t stream = 0;  // tells apart several streams of one use; below 2^24
};

// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), a
// counter-based generator: block i of a stream is a function of (key, i) alone.
class Random {
 public:
  explicit Random(const RandomKey& key);

  uint32_t next();
  double uniform();                    // [0, 1), 32 random bits
  double uniform(double a, double b);  // [a, b)
  uint32_t below(uint32_t n);          // 0 .. n-1, without bias; n > 0
  bool chance(double p) { return uniform() < p; }
  double normal();  // mean 0, deviation 1 (Box-Muller)

  // The i-th number of the stream, whatever was drawn before: for loops that run in parallel.
  constexpr uint32_t at(uint64_t i) const { return block(static_cast<uint32_t>(i / 4))[i % 4]; }
  // Numbers 4*index to 4*index + 3.
  constexpr std::array<uint32_t, 4> block(uint32_t index) const {
    return philox({index, counter_[1], counter_[2], counter_[3]}, key_);
  }

  // One block of the cipher itself; public for its test against the published vectors.
  static constexpr std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c,
                                                  std::array<uint32_t, 2> k) {
    for (int round = 0; round < 10; ++round) {
      const uint64_t p0 = uint64_t{0xD2511F53} * c[0];
      const uint64_t p1 = uint64_t{0xCD9E8D57} * c[2];
      c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(p1),
           static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(p0)};
      k[0] += 0x9E3779B9;
      k[1] += 0xBB67AE85;
    }
    return c;
  }

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> buffer_{};
  uint64_t drawn_ = 0;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace lienet
