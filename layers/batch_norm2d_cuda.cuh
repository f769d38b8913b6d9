// Batch normalisation of NHWC maps as block programs: each reads memory once. What a tile's sums
// are is combined in a second, small program, in double and in order, so that the same values give
// the same bits. Formulas: layers/batch_norm2d.h.
#pragma once

#include <cmath>

#include "engine/cuda/columns.h"

namespace lienet::cuda {

template <int width>
struct LanePairs {
  LaneSums<width> first, second;
  LIENET_HOST_DEVICE LanePairs(Carve& memory, const Columns& c)
      : first(memory, c), second(memory, c) {}
};

// Mean, and squares around it, of each chunk's rows: [chunks][C] each. Around the chunk's first
// row, which is near enough to the mean to spare the digits.
template <class T, int width>
struct BatchNormStatistics {
  static constexpr int threads = Columns::threads, beside = 3;
  Columns columns;
  const T* x;
  float *means, *squares;

  LIENET_HOST_DEVICE LanePairs<width> carve(Carve& memory) const { return {memory, columns}; }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    LanePairs<width> lanes = carve(block.shared());
    const ColumnTile tile(columns, block.index());
    tile.each_vector<width>(block, [&](int channel, int lane, int vector) {
      float pivot[width], sum[width] = {}, square[width] = {};
      unpack(read<T, width>(x + tile.begin * columns.channels + channel), pivot);
      tile.down(
          channel, lane, [&](int64_t at) { return read<T, width>(x + at); },
          [&](int64_t, const Pack<T, width>& v) {
            float values[width];
            unpack(v, values);
            for (int k = 0; k < width; ++k) {
              const float d = values[k] - pivot[k];
              sum[k] += d;
              square[k] += d * d;
            }
          });
      lanes.first.put(lane, vector, sum);
      lanes.second.put(lane, vector, square);
    });
    const float n = static_cast<float>(tile.end - tile.begin);
    tile.each_channel<width>(block, [&](int i, int channel) {
      const float pivot = widened(x[tile.begin * columns.channels + channel]);
      const float sum = lanes.first.total(i), square = lanes.second.total(i);
      const int64_t at = tile.chunk * columns.channels + channel;
      means[at] = pivot + sum / n;
      squares[at] = greater(square - sum * (sum / n), 0.0f);
    });
  }
};

// The batch's mean and r out of the chunks', by Chan's update; the running ones move.
struct BatchNormTake {
  static constexpr int threads = ChunkSums::threads, wide = ChunkSums::wide;
  const float *means, *squares;  // [chunks][C]
  int64_t rows, rows_per_block, chunks;
  int channels;
  double momentum, eps;
  float *mean, *r, *running_mean, *running_var;  // [C]

  struct Shared {
    ChunkSums chunk_sums;
    Array<double> exact_mean;  // not rounded
  };
  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(channels, wide); }
  LIENET_HOST_DEVICE Shared carve(Carve& memory) const {
    const ChunkSums chunk_sums(memory);
    return {chunk_sums, memory.take<double>(wide)};
  }

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const Shared s = carve(block.shared());
    const int first = static_cast<int>(block.index()) * wide;
    const int count = lesser(wide, channels - first);
    const double n = static_cast<double>(rows);
    s.chunk_sums.add(
        block, count, chunks,
        [&](int64_t chunk, int i) { return rows_of(chunk) * double(means[at(chunk, first + i)]); },
        [&](int i, double sum) {
          const int c = first + i;
          s.exact_mean[i] = sum / n;
          mean[c] = static_cast<float>(s.exact_mean[i]);
          running_mean[c] = static_cast<float>((1 - momentum) * double(running_mean[c]) +
                                               momentum * double(mean[c]));
        });
    // The mean goes on as it was before it was rounded: the sums are made anew, around it.
    const auto square = [&](int64_t chunk, int i) {
      const double d = double(means[at(chunk, first + i)]) - s.exact_mean[i];
      return double(squares[at(chunk, first + i)]) + rows_of(chunk) * d * d;
    };
    s.chunk_sums.add(block, count, chunks, square, [&](int i, double sum) {
      const int c = first + i;
      const double var = sum / n;
      r[c] = static_cast<float>(1 / sqrt(double(float(var)) + eps));
      running_var[c] = static_cast<float>((1 - momentum) * double(running_var[c]) +
                                          momentum * double(float(var)) * n / (n - 1));
    });
  }

 private:
  LIENET_DEVICE int64_t at(int64_t chunk, int channel) const { return chunk * channels + channel; }
  LIENET_DEVICE double rows_of(int64_t chunk) const {
    return static_cast<double>(lesser(rows_per_block, rows - chunk * rows_per_block));
  }
};

// r = 1 / sqrt(var + eps)
struct BatchNormScale {
  static constexpr int threads = 256;
  const float* var;
  double eps;
  float* r;
  int channels;

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(channels, threads); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int first = static_cast<int>(block.index()) * threads;
    block.each(lesser(threads, channels - first), [&](int i) {
      r[first + i] = static_cast<float>(1 / sqrt(double(var[first + i]) + eps));
    });
  }
};

// What a thread knows of its channels: x -> (x - mean) * scale + shift, scale = g * r.
struct BatchNormChannels {
  const float *mean, *r, *g, *b;  // [C]
};
template <int width>
struct Affine {
  float mean[width], scale[width], shift[width];

  LIENET_DEVICE Affine(const BatchNormChannels& c, int channel) {
    float r[width];
    read_floats(c.mean + channel, mean);
    read_floats(c.g + channel, scale);
    read_floats(c.r + channel, r);
    read_floats(c.b + channel, shift);
    for (int k = 0; k < width; ++k) scale[k] *= r[k];
  }
};

template <class T, int width, bool relu>
struct BatchNorm {
  static constexpr int threads = Columns::threads;
  Columns columns;
  BatchNormChannels channels;
  const T* x;
  T* y;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const ColumnTile tile(columns, block.index());
    tile.each_vector<width>(block, [&](int channel, int lane, int) {
      const Affine<width> a(channels, channel);
      tile.down(
          channel, lane, [&](int64_t at) { return read<T, width>(x + at); },
          [&](int64_t at, const Pack<T, width>& v) {
            float values[width];
            unpack(v, values);
            for (int k = 0; k < width; ++k) {
              const float z = (values[k] - a.mean[k]) * a.scale[k] + a.shift[k];
              values[k] = relu && z < 0 ? 0 : z;
            }
            write(pack<T>(values), y + at);
          });
    });
  }
};

template <class T, int width>
struct BatchNormPair {
  Pack<T, width> x, dy;
};

// sum dy, and sum dy * (x - mean), of each chunk: [chunks][C], for ColumnTotals. With ReLU dy
// counts only where y > 0, which x tells again.
template <class T, int width, bool relu>
struct BatchNormSums {
  static constexpr int threads = Columns::threads;
  Columns columns;
  BatchNormChannels channels;
  const T *x, *dy;
  float *sums, *products;

  LIENET_HOST_DEVICE LanePairs<width> carve(Carve& memory) const { return {memory, columns}; }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    LanePairs<width> lanes = carve(block.shared());
    const ColumnTile tile(columns, block.index());
    tile.each_vector<width>(block, [&](int channel, int lane, int vector) {
      const Affine<width> a(channels, channel);
      float sum[width] = {}, product[width] = {};
      tile.down(
          channel, lane,
          [&](int64_t at) {
            return BatchNormPair<T, width>{read<T, width>(x + at), read<T, width>(dy + at)};
          },
          [&](int64_t, const BatchNormPair<T, width>& v) {
            float d[width], g[width];
            unpack(v.x, d);
            unpack(v.dy, g);
            for (int k = 0; k < width; ++k) {
              d[k] -= a.mean[k];
              if (relu && !(d[k] * a.scale[k] + a.shift[k] > 0)) g[k] = 0;
              sum[k] += g[k];
              product[k] += g[k] * d[k];
            }
          });
      lanes.first.put(lane, vector, sum);
      lanes.second.put(lane, vector, product);
    });
    tile.each_channel<width>(block, [&](int i, int channel) {
      const int64_t at = tile.chunk * columns.channels + channel;
      sums[at] = lanes.first.total(i);
      products[at] = lanes.second.total(i);
    });
  }
};

// dx = scale * (dy - db/n - (x - mean) * r * dg/n); in evaluation dx = scale * dy
template <class T, int width, bool relu>
struct BatchNormBackward {
  static constexpr int threads = Columns::threads;
  Columns columns;
  BatchNormChannels channels;
  const float *dg, *db;  // null in evaluation
  const T *x, *dy;
  T* dx;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const ColumnTile tile(columns, block.index());
    const float n = static_cast<float>(columns.rows);
    tile.each_vector<width>(block, [&](int channel, int lane, int) {
      const Affine<width> a(channels, channel);
      float offset[width] = {}, slope[width] = {};
      if (dg) {
        float r[width];
        read_floats(db + channel, offset);
        read_floats(dg + channel, slope);
        read_floats(channels.r + channel, r);
        for (int k = 0; k < width; ++k) {
          offset[k] /= n;
          slope[k] *= r[k] / n;
        }
      }
      tile.down(
          channel, lane,
          [&](int64_t at) {
            return BatchNormPair<T, width>{read<T, width>(x + at), read<T, width>(dy + at)};
          },
          [&](int64_t at, const BatchNormPair<T, width>& v) {
            float d[width], g[width];
            unpack(v.x, d);
            unpack(v.dy, g);
            for (int k = 0; k < width; ++k) {
              d[k] -= a.mean[k];
              if (relu && !(d[k] * a.scale[k] + a.shift[k] > 0)) g[k] = 0;
              g[k] = a.scale[k] * (g[k] - offset[k] - d[k] * slope[k]);
            }
            write(pack<T>(g), dx + at);
          });
    });
  }
};

}  // namespace lienet::cuda
