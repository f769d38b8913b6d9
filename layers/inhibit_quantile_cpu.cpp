#include "layers/inhibit_quantile_cpu.h"

namespace lienet::cpu {
namespace {

constexpr int64_t lanes = sizeof(Lanes) / sizeof(float);

// delta = |delta|; the bits of floats that are not negative are ordered as they are.
LIENET_CLONES void take_magnitudes(Bits* delta, int64_t n, Bits& smallest, Bits& largest) {
  Bits low = delta[0] & 0x7fffffff, high = low;
  for (int64_t i = 0; i < n; ++i) {
    const Bits x = delta[i] & 0x7fffffff;
    delta[i] = x;
    low = x < low ? x : low;
    high = x > high ? x : high;
  }
  smallest = low;
  largest = high;
}

[[gnu::always_inline]] inline void count_up_to(const Bits* x, int64_t n, const Bits& limit,
                                               Bits& count) {
  Bits a{}, b{};  // two, so that additions need not wait for each other
  int64_t i = 0;
  for (; i + 2 <= n; i += 2) {
    a -= x[i] <= limit;
    b -= x[i + 1] <= limit;
  }
  if (i < n) a -= x[i] <= limit;
  count = a + b;
}

// In each lane, halves low .. high until `wanted` values are up to high, or low and high are
// neighbours: then more tie at high. Fewer than `wanted` are up to low, and `at_high` up to high.
LIENET_CLONES void bisect(const Bits* x, int64_t n, int32_t wanted, Bits& low, Bits& high,
                          Bits& at_high) {
  Bits a = low, b = high, at_b = at_high;
  for (;;) {
    const Bits open = (at_b > wanted) & (a + 1 < b);
    int32_t any = 0;
    for (int64_t l = 0; l < lanes; ++l) any |= open[l];
    if (!any) break;
    const Bits middle = (a & b) + ((a ^ b) >> 1);
    Bits count;
    count_up_to(x, n, middle, count);
    const Bits up = open & (count < wanted), down = open & (count >= wanted);
    a = up ? middle : a;
    b = down ? middle : b;
    at_b = down ? count : at_b;
  }
  low = a;
  high = b;
  at_high = at_b;
}

// The largest value up to `limit`, and the smallest above it.
LIENET_CLONES void neighbours(const Bits* x, int64_t n, const Bits& limit, Bits& below,
                              Bits& above) {
  const Bits t = limit;
  Bits low{}, high = Bits{} + 0x7fffffff;
  for (int64_t i = 0; i < n; ++i) {
    const Bits small = x[i] <= t ? x[i] : low, big = x[i] > t ? x[i] : high;
    low = small > low ? small : low;
    high = big < high ? big : high;
  }
  below = low;
  above = high;
}

}  // namespace

void quantiles(Bits* delta, int64_t n, double rate, Lanes& q) {
  const double at = rate * static_cast<double>(n - 1);
  const auto wanted = static_cast<int32_t>(at) + 1;  // values up to the lower order statistic
  Bits low{}, high{}, below{}, above{}, at_high = Bits{} + static_cast<int32_t>(n);
  take_magnitudes(delta, n, low, high);
  low -= 1;
  bisect(delta, n, wanted, low, high, at_high);
  neighbours(delta, n, high, below, above);
  for (int64_t l = 0; l < lanes; ++l) {
    const double x = double(reinterpret_cast<Lanes>(below)[l]);
    const bool tie = at_high[l] > wanted || wanted == n;
    const double y = tie ? x : double(reinterpret_cast<Lanes>(above)[l]);
    q[l] = static_cast<float>(x + (at - (wanted - 1)) * (y - x));
  }
}

}  // namespace lienet::cpu
