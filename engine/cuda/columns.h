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
  // Of no rows there are no chunks.
  c.rows_per_block =
      greater<int64_t>(1, divided_up(divided_up(rows, chunks), c.lanes())) * c.lanes();
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

// The lanes' sums of one tile: [lane][channel of the tile].
template <int width>
class LaneSums {
 public:
  LIENET_HOST_DEVICE LaneSums(Carve& memory, const Columns& c)
      : lanes_(c.lanes()),
        channels_(c.vectors * width),
        sums_(memory.take<float>(lanes_ * channels_)) {}

  LIENET_DEVICE void put(int lane, int vector, const float (&x)[width]) {
    for (int k = 0; k < width; ++k) sums_[lane * channels_ + vector * width + k] = x[k];
  }
  // Of channel i of the tile, over the lanes, in order.
  LIENET_DEVICE float total(int i) const {
    float sum = 0;
    for (int lane = 0; lane < lanes_; ++lane) sum += sums_[lane * channels_ + i];
    return sum;
  }

 private:
  int lanes_, channels_;
  Array<float> sums_;
};

// sums[chunk][c] = sum of x[r,c] over the chunk's rows, for ColumnTotals.
template <class T, int width>
struct ColumnSums {
  static constexpr int threads = Columns::threads;
  Columns columns;
  const T* x;
  float* sums;

  LIENET_HOST_DEVICE LaneSums<width> carve(Carve& memory) const { return {memory, columns}; }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    LaneSums<width> lane_sums = carve(block.shared());
    const ColumnTile tile(columns, block.index());
    tile.each_vector<width>(block, [&](int channel, int lane, int vector) {
      float sum[width] = {};
      tile.down(
          channel, lane, [&](int64_t at) { return read<T, width>(x + at); },
          [&](int64_t, const Pack<T, width>& v) {
            float values[width];
            unpack(v, values);
            for (int k = 0; k < width; ++k) sum[k] += values[k];
          });
      lane_sums.put(lane, vector, sum);
    });
    tile.each_channel<width>(block, [&](int i, int channel) {
      sums[tile.chunk * columns.channels + channel] = lane_sums.total(i);
    });
  }
};

// y[r,c] += b[c]
template <class T, int width>
struct AddToColumns {
  static constexpr int threads = Columns::threads;
  Columns columns;
  const float* b;
  T* y;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const ColumnTile tile(columns, block.index());
    tile.each_vector<width>(block, [&](int channel, int lane, int) {
      float added[width];
      read_floats(b + channel, added);
      tile.down(
          channel, lane, [&](int64_t at) { return read<T, width>(y + at); },
          [&](int64_t at, const Pack<T, width>& v) {
            float values[width];
            unpack(v, values);
            for (int k = 0; k < width; ++k) values[k] += added[k];
            write(pack<T>(values), y + at);
          });
    });
  }
};

// Sums over the chunks of `wide` channels, in double: 32 lanes take every 32nd chunk each, and are
// added in order.
struct ChunkSums {
  static constexpr int threads = 256, lanes = 32, wide = threads / lanes;
  Array<double> lane_sums;

  LIENET_HOST_DEVICE explicit ChunkSums(Carve& memory) : lane_sums(memory.take<double>(threads)) {}

  // total(i, sum of value(chunk, i) over the chunks) for each i below `count`.
  template <class Block, class Value, class Total>
  LIENET_DEVICE void add(Block& block, int count, int64_t chunks, Value value, Total total) const {
    block.each(threads, [&](int item) {
      double sum = 0;
      if (item % wide < count)
        for (int64_t chunk = item / wide; chunk < chunks; chunk += lanes)
          sum += value(chunk, item % wide);
      lane_sums[item] = sum;
    });
    block.each(count, [&](int i) {
      double sum = 0;
      for (int lane = 0; lane < lanes; ++lane) sum += lane_sums[lane * wide + i];
      total(i, sum);
    });
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
  static constexpr int threads = ChunkSums::threads, wide = ChunkSums::wide;
  ColumnTotal total[sums];
  int64_t chunks;
  int channels;

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(channels, wide); }
  LIENET_HOST_DEVICE ChunkSums carve(Carve& memory) const { return ChunkSums(memory); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const ChunkSums chunk_sums = carve(block.shared());
    const int first = static_cast<int>(block.index()) * wide;
    for (const ColumnTotal& t : total)
      chunk_sums.add(
          block, lesser(wide, channels - first), chunks,
          [&](int64_t chunk, int i) {
            return static_cast<double>(t.parts[chunk * channels + first + i]);
          },
          [&](int i, double sum) {
            if (t.factor) sum *= static_cast<double>(t.factor[first + i]);
            t.out[first + i] = static_cast<float>(sum);
          });
  }
};

}  // namespace lienet::cuda
