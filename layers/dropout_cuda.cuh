// Dropout's scale as a block program: the host's random numbers.
#pragma once

#include "engine/cuda/block.h"
#include "engine/random.h"

namespace lienet::cuda {

// scale[i] = 0 where the i-th number of the stream is below p, else 1 / (1 - p)
struct DropoutScale {
  static constexpr int threads = 256, per_block = 8 * threads;
  const Random* random;
  double p;
  float* scale;
  int64_t n;

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(n, per_block); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int64_t first = block.index() * per_block;
    const float kept = static_cast<float>(1 / (1 - p));
    // Four numbers come at a time.
    block.each(static_cast<int>(divided_up(lesser<int64_t>(per_block, n - first), 4)), [&](int k) {
      const int64_t at = first + 4 * k;
      const auto numbers = random->block(static_cast<uint32_t>(at / 4));
      for (int j = 0; j < 4 && at + j < n; ++j)
        scale[at + j] = numbers[static_cast<size_t>(j)] * 0x1p-32 < p ? 0 : kept;
    });
  }
};

}  // namespace lienet::cuda
