// A drawn mask, applied to NHWC maps, as a block program.
#pragma once

#include "engine/cuda/divisor.h"
#include "engine/cuda/elements.h"

namespace lienet::cuda {

// g where its set's mask is 1, else 0. mask [N][K][positions]; fewer than 2^31 vectors.
template <class T, int width>
struct ApplyMasks {
  static constexpr int threads = 256, burst = 4, per_block = threads * burst;
  const T* g;
  const uint8_t* mask;
  T* masked;  // may be g
  int64_t samples;
  int sets;                                  // of a sample
  Divisor positions, set_channels, vectors;  // vectors: channels / width

  LIENET_HOST_DEVICE int64_t count() const { return samples * positions.value() * vectors.value(); }
  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(count(), per_block); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int first = static_cast<int>(block.index()) * per_block;
    block.template stream<burst>(
        static_cast<int>(lesser<int64_t>(per_block, count() - first)),
        [&](int i) { return read<T, width>(g + int64_t{first + i} * width); },
        [&](int i, const Pack<T, width>& v) {
          const int at = first + i, row = at / vectors, sample = row / positions;
          const int channel = (at - row * vectors.value()) * width;
          const int64_t first_set = int64_t{sample} * sets;
          float x[width];
          unpack(v, x);
          for (int k = 0; k < width; ++k) {
            const int64_t set = first_set + (channel + k) / set_channels;
            if (!mask[set * positions.value() + row - sample * positions.value()]) x[k] = 0;
          }
          write(pack<T>(x), masked + int64_t{at} * width);
        });
  }
};

}  // namespace lienet::cuda
