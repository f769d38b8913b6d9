// Rows of channels side by side, as NHWC maps are, for what happens channel by channel. A block
// takes a tile: some vectors of channels, and some rows; in it a thread keeps to one vector, whose
// numbers it holds in registers, and goes down every so many rows.
#pragma once

#include "engine/cuda/elements.h"

namespace lienet::cuda {

struct Columns {
  static constexpr int threads = 256;
  int64_t rows;
  int channels;
  int vectors;             // side by side in a tile
  int tiles;               // side by side in a row
  int64_t rows_per_block;  // a multiple of lanes()
  int64_t chunks;          // of so many rows

  LIENET_HOST_DEVICE int lanes() const { return threads / vectors; }
  LIENET_HOST_DEVICE int64_t blocks() const { return tiles * chunks; }
};

// `width` channels to a vector; the rows are cut into about so many blocks.
inline Columns columns_of(int64_t rows, int64_t channels, int width, int64_t blocks = 1024) {
  Columns c{rows, static_cast<int>(channels), 0, 0, 0, 0};
  const int64_t vectors = channels / width;
  c.vectors = static_cast<int>(lesser<int64_t>(vectors, 32));
  c.tiles = static_cast<int>(divided_up(vectors, c.vectors));
  const int64_t least = int64_t{8} * c.lanes();  // rows that are worth a block
  const int64_t chunks = greater<int64_t>(1, lesser(blocks / c.tiles, divided_up(rows, least)));
  c.rows_per_block = divided_up(divided_up(rows, chunks), c.lanes()) * c.lanes();
  c.chunks = divided_up(rows, c.rows_per_block);
  return c;
}

// A block's tile.
struct ColumnTile {
  const Columns& c;
  int tile;
  int64_t chunk, begin, end;  // rows

  LIENET_DEVICE ColumnTile(const Columns& columns, int64_t block)
      : c(columns),
        tile(static_cast<int>(block % columns.tiles)),
        chunk(block / columns.tiles),
        begin(chunk * columns.rows_per_block),
        end(lesser(begin + columns.rows_per_block, columns.rows)) {}

  // f(first channel, lane, vector in the tile) of each thread's vector.
  template <int width, class Block, class F>
  LIENET_DEVICE void each_vector(Block& block, F f) const {
    block.each(c.lanes() * c.vectors, [&](int item) {
      const int vector = item % c.vectors, lane = item / c.vectors;
      const int channel = (tile * c.vectors + vector) * width;
      if (channel < c.channels) f(channel, lane, vector);
    });
  }
  // f(at, load(at)) for the lane's rows, top down, with several loads under way; `at` is the
  // element of `channel` in the row.
  template <class Load, class F>
  LIENET_DEVICE void down(int channel, int lane, Load load, F f) const {
    constexpr int burst = 4;
    const int64_t step = c.lanes();
    int64_t at = (begin + lane) * c.channels + channel;
    const int64_t end_at = end * c.channels, stride = step * c.channels;
    for (; at + (burst - 1) * stride < end_at; at += burst * stride) {
      decltype(load(int64_t{})) loaded[burst];
      LIENET_UNROLL
      for (int k = 0; k < burst; ++k) loaded[k] = load(at + k * stride);
      LIENET_UNROLL
      for (int k = 0; k < burst; ++k) f(at + k * stride, loaded[k]);
    }
    for (; at < end_at; at += stride) f(at, load(at));
  }
  // f(channel of the tile, channel) for each of its channels.
  template <int width, class Block, class F>
  LIENET_DEVICE void each_channel(Block& block, F f) const {
    const int first = tile * c.vectors * width;
    block.each(lesser(c.vectors * width, c.channels - first), [&](int i) { f(i, first + i); });
  }
};

// The lanes' sums of one tile, two for each channel: [lane][channel of the tile].
template <int width>
struct LaneSums {
  Array<float> a, b;
  int channels;

  LIENET_HOST_DEVICE LaneSums(Carve& memory, const Columns& c)
      : a(memory.take<float>(c.lanes() * c.vectors * width)),
        b(memory.take<float>(c.lanes() * c.vectors * width)),
        channels(c.vectors * width) {}

  LIENET_DEVICE void put(int lane, int vector, const float (&x)[width], const float (&y)[width]) {
    for (int k = 0; k < width; ++k) {
      a[lane * channels + vector * width + k] = x[k];
      b[lane * channels + vector * width + k] = y[k];
    }
  }
  // Over the lanes, in order.
  LIENET_DEVICE static float total(const Array<float>& sums, int channels, int lanes, int i) {
    float sum = 0;
    for (int lane = 0; lane < lanes; ++lane) sum += sums[lane * channels + i];
    return sum;
  }
};

// out[c] = factor[c] * sum of parts[chunk][c] over the chunks, in double; without a factor: 1.
struct ColumnTotal {
  const float* parts;
  const float* factor;
  float* out;
};
template <int sums>
struct ColumnTotals {
  static constexpr int threads = 256, lanes = 32, wide = threads / lanes;
  ColumnTotal total[sums];
  int64_t chunks;
  int channels;

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(channels, wide); }
  LIENET_HOST_DEVICE Array<double> carve(Carve& memory) const {
    return memory.take<double>(threads);
  }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const Array<double> lane_sums = carve(block.shared());
    const int first = static_cast<int>(block.index()) * wide;
    for (const ColumnTotal& t : total) {
      block.each(threads, [&](int i) {
        const int channel = first + i % wide;
        double sum = 0;
        if (channel < channels)
          for (int64_t chunk = i / wide; chunk < chunks; chunk += lanes)
            sum += static_cast<double>(t.parts[chunk * channels + channel]);
        lane_sums[i] = sum;
      });
      block.each(lesser(wide, channels - first), [&](int i) {
        double sum = 0;
        for (int lane = 0; lane < lanes; ++lane) sum += lane_sums[lane * wide + i];
        if (t.factor) sum *= static_cast<double>(t.factor[first + i]);
        t.out[first + i] = static_cast<float>(sum);
      });
    }
  }
};

}  // namespace lienet::cuda
