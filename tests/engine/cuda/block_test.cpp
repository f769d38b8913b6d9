#include "engine/cuda/block.h"

#include <doctest/doctest.h>

#include <vector>

#include "block_program.h"
#include "engine/cuda/elements.h"
#include "engine/error.h"

using namespace lienet;
using namespace lienet::cuda;

namespace {

// y[b] = sum_i (x[b,i] - mean_i x[b,i])^2, and how many of a row's values are above its mean.
struct Variance {
  static constexpr int threads = 64;
  const float* x;
  int n;
  float* y;
  int* above;

  struct Shared {
    Array<float> row;
  };
  LIENET_HOST_DEVICE Shared carve(Carve& memory) const { return {memory.take<float>(n)}; }

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const Shared s = carve(block.shared());
    const float* from = x + block.index() * n;
    block.template stream<4>(
        n, [&](int i) { return from[i]; }, [&](int i, float v) { s.row[i] = v; });
    const float mean = block.sum(n, [&](int i) { return s.row[i]; }) / static_cast<float>(n);
    const float sum = block.sum(n, [&](int i) { return (s.row[i] - mean) * (s.row[i] - mean); });
    const int more = block.count(n, [&](int i) { return s.row[i] > mean; });
    block.each(1, [&](int) { y[block.index()] = sum, above[block.index()] = more; });
  }
};

// Each group's largest and smallest value.
struct Extremes {
  static constexpr int threads = 96;
  const float* x;
  int n;
  float *high, *low;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    block.groups(5, [&](auto& group, int k) {
      const float a = group.largest(n, -1.0f, [&](int i) { return x[k * n + i]; });
      const float b = group.smallest(n, 9.0f, [&](int i) { return x[k * n + i]; });
      group.each(1, [&](int) { high[k] = a, low[k] = b; });
    });
  }
};

// Reads in a phase what the same phase writes.
struct Racy {
  static constexpr int threads = 32;
  float* y;
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    block.each(8, [&](int i) { y[i] = static_cast<float>(i); });
    block.each(7, [&](int i) { y[i] = y[i + 1]; });
  }
};

struct Beyond {
  static constexpr int threads = 32;
  int at;
  LIENET_HOST_DEVICE Array<float> carve(Carve& memory) const { return memory.take<float>(7); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const Array<float> a = carve(block.shared());
    block.each(1, [&](int) { a[at] = 1; });
  }
};

}  // namespace

TEST_CASE("a block program on the host") {
  const std::vector<float> x{1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 12};
  std::vector<float> y(2);
  std::vector<int> above(2);
  test::run_program(2, Variance{x.data(), 6, y.data(), above.data()}, y, above);
  CHECK(y == std::vector<float>{17.5, 120});
  CHECK(above == std::vector<int>{3, 1});
}

TEST_CASE("groups of a block") {
  std::vector<float> x(15), high(5), low(5);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7 % 15);
  test::run_program(1, Extremes{x.data(), 3, high.data(), low.data()}, high, low);
  CHECK(high == std::vector<float>{14, 13, 12, 10, 9});
  CHECK(low == std::vector<float>{0, 5, 4, 2, 1});
}

TEST_CASE("sums are made in the device's order") {
  HostThreads group(32, false);
  // Pairs at a distance of 16 cancel first: in order, 1e8 would swallow the ones.
  const auto value = [](int i) { return i == 3 ? 1e8f : i == 19 ? -1e8f : 1.0f; };
  CHECK(group.sum(32, value) == 30);
}

TEST_CASE("phases that depend on their order are found") {
  std::vector<float> forwards(8), backwards(8);
  run_on_host(1, Racy{forwards.data()});
  run_on_host(1, Racy{backwards.data()}, true);
  CHECK(forwards != backwards);
}

TEST_CASE("shared memory has its bounds") {
  CHECK(shared_bytes(Beyond{}) == 32);
  CHECK_NOTHROW(run_on_host(1, Beyond{6}));
  CHECK_THROWS_AS(run_on_host(1, Beyond{7}), Error);
  CHECK_THROWS_AS(run_on_host(1, Beyond{-1}), Error);
}

TEST_CASE("elements in accesses of 16 bytes") {
  alignas(16) bfloat16 in[8], out[8];
  for (int i = 0; i < 8; ++i) in[i] = bfloat16(static_cast<float>(i) - 2.5f);
  float x[8];
  unpack(read<bfloat16, 8>(in), x);
  CHECK(x[0] == -2.5f);
  CHECK(x[7] == 4.5f);
  write(pack<bfloat16>(x), out);
  CHECK(std::memcmp(in, out, sizeof in) == 0);
}
