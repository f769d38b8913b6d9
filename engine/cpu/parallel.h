// Long loops shared out over threads. Internal.
#pragma once

#include <algorithm>
#include <cstdint>

namespace lienet::cpu {

// f(begin, end) for ranges that make up 0 .. n, each but the last a multiple of 16 elements that a
// core's first cache holds. One range needs no second thread.
template <class F>
void for_each_range(int64_t n, F f) {
  constexpr int64_t length = 4096;
  const int64_t ranges = (n + length - 1) / length;
#pragma omp parallel for schedule(static) if (ranges > 1)
  for (int64_t i = 0; i < ranges; ++i) f(i * length, std::min(n, (i + 1) * length));
}

}  // namespace lienet::cpu
