#include "engine/random.h"

#include <cmath>
#include <numbers>

namespace lienet {

Random::Random(const RandomKey& key)
    : key_{static_cast<uint32_t>(key.seed), static_cast<uint32_t>(key.seed >> 32)},
      counter_{0, key.epoch, key.sample, static_cast<uint32_t>(key.use) << 24 | key.stream} {}

uint32_t Random::next() {
  if (drawn_ % 4 == 0) buffer_ = block(static_cast<uint32_t>(drawn_ / 4));
  return buffer_[drawn_++ % 4];
}

double Random::uniform() {
  return next() * 0x1p-32;
}

double Random::uniform(double a, double b) {
  return a + (b - a) * uniform();
}

uint32_t Random::below(uint32_t n) {
  // Lemire's multiply-and-reject.
  uint64_t product = uint64_t{next()} * n;
  if (static_cast<uint32_t>(product) < n) {
    const uint32_t threshold = -n % n;
    while (static_cast<uint32_t>(product) < threshold) product = uint64_t{next()} * n;
  }
  return static_cast<uint32_t>(product >> 32);
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double u = (next() + 1.0) * 0x1p-32;  // (0, 1]
  const double angle = 2 * std::numbers::pi * uniform();
  const double radius = std::sqrt(-2 * std::log(u));
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

}  // namespace lienet
