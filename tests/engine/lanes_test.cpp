#include "engine/cpu/lanes.h"

#include <doctest/doctest.h>

#include <bit>
#include <limits>
#include <vector>

#include "engine/random.h"

using namespace lienet;

namespace {

// Every kind of float, and many; 16 at a time.
std::vector<float> floats() {
  std::vector<float> values{0.0f,
                            -0.0f,
                            1.0f + 0x1p-8f,  // ties go to even: down, then up
                            1.0f + 3 * 0x1p-8f,
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::max(),
                            std::numeric_limits<float>::denorm_min(),
                            std::bit_cast<float>(0x7f800001u),  // a NaN whose upper half has none
                            std::bit_cast<float>(0xffffffffu)};
  Random random({.seed = 1, .use = RandomUse::test});
  while (values.size() < 4096)
    values.push_back(std::bit_cast<float>(random.below(1u << 16) << 16 | random.below(1u << 16)));
  return values;
}

template <class V>
void check_rounding() {
  const std::vector<float> values = floats();
  std::vector<bfloat16> narrow(values.size());
  for (size_t i = 0; i < values.size(); i += cpu::lanes_of<V>) {
    V v;
    cpu::load(v, values.data() + i);
    cpu::store(v, narrow.data() + i);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    CAPTURE(i);
    REQUIRE(narrow[i].bits == bfloat16(values[i]).bits);
  }
  for (size_t i = 0; i < values.size(); i += cpu::lanes_of<V>) {
    V v;
    float wide[cpu::lanes_of<V>];
    cpu::load(v, narrow.data() + i);
    cpu::store(v, wide);
    for (size_t l = 0; l < cpu::lanes_of<V>; ++l)
      REQUIRE((std::bit_cast<uint32_t>(wide[l]) >> 16) == narrow[i + l].bits);
  }
}

}  // namespace

TEST_CASE("vectors round to bf16 as one value does") {
  check_rounding<float>();
  check_rounding<cpu::EightLanes>();
  check_rounding<cpu::Lanes>();
}
