// Pooling of NHWC maps as block programs: a thread takes one vector of channels at one position.
// Backward passes gather what each position is owed, so that the order of adding is fixed.
#pragma once

#include "engine/cuda/divisor.h"
#include "engine/cuda/elements.h"

namespace lienet::cuda {

struct PoolMaps {
  int64_t samples;
  int H, W, h_out, w_out, channels;
  int kernel, stride, padding;

  // The windows that position p of a line lies in: from `begin` up to `end`.
  struct Range {
    int begin, end;
  };
  LIENET_DEVICE Range windows(int p, int count) const {
    const int past = p + padding - kernel;  // the last position before all of them, if not negative
    return {past < 0 ? 0 : past / stride + 1, lesser((p + padding) / stride + 1, count)};
  }
  // The part of window i that lies on a line of n.
  LIENET_DEVICE Range inside(int i, int n) const {
    const int begin = i * stride - padding;
    return {greater(begin, 0), lesser(begin + kernel, n)};
  }
  // f(h, w, element) of the inputs in window (i, j) of a channel.
  template <class F>
  LIENET_DEVICE void each_input(int64_t n, int i, int j, int channel, F f) const {
    const Range rows = inside(i, H), columns = inside(j, W);
    for (int h = rows.begin; h < rows.end; ++h)
      for (int w = columns.begin; w < columns.end; ++w)
        f(h, w, ((n * H + h) * W + w) * channels + channel);
  }
  // f(i, j, element) of the outputs whose windows position (h, w) of a channel lies in.
  template <class F>
  LIENET_DEVICE void each_output(int64_t n, int h, int w, int channel, F f) const {
    const Range rows = windows(h, h_out), columns = windows(w, w_out);
    for (int i = rows.begin; i < rows.end; ++i)
      for (int j = columns.begin; j < columns.end; ++j)
        f(i, j, ((n * h_out + i) * w_out + j) * channels + channel);
  }
  // What the mean of window (i, j) is over: kernel^2, or its positions that lie inside.
  LIENET_DEVICE int divisor(int i, int j, bool count_padding) const {
    const Range rows = inside(i, H), columns = inside(j, W);
    return count_padding ? kernel * kernel
                         : (rows.end - rows.begin) * (columns.end - columns.begin);
  }
};

// Shares out [N][h][w][C] in vectors, of which there are fewer than 2^31.
template <int width>
struct PoolItems {
  static constexpr int threads = 256, per_block = 4 * threads;
  int64_t count = 0;
  Divisor h, w, vectors;

  PoolItems(int64_t samples, int rows, int columns, int channels)
      : count(samples * rows * columns * (channels / width)),
        h(rows),
        w(columns),
        vectors(channels / width) {}

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(count, per_block); }

  // f(sample, i, j, channel, element of the tensor)
  template <class Block, class F>
  LIENET_DEVICE void each(Block& block, F f) const {
    const int first = static_cast<int>(block.index()) * per_block;
    block.each(static_cast<int>(lesser<int64_t>(per_block, count - first)), [&](int item) {
      const int at = first + item, position = at / vectors, row = position / w, sample = row / h;
      f(int64_t{sample}, row - sample * h.value(), position - row * w.value(),
        (at - position * vectors.value()) * width, int64_t{at} * width);
    });
  }
};

template <int width>
PoolItems<width> outputs_of(const PoolMaps& m) {
  return {m.samples, m.h_out, m.w_out, m.channels};
}
template <int width>
PoolItems<width> inputs_of(const PoolMaps& m) {
  return {m.samples, m.H, m.W, m.channels};
}

// Of one vector of channels, side by side.
template <int width>
struct alignas(width) Places {
  uint8_t place[width];
};

// winners: where in its window each maximum lies, row by row, padding counted; the first of equals,
// the last NaN.
template <class T, int width>
struct MaxPool {
  static constexpr int threads = PoolItems<width>::threads;
  PoolMaps maps;
  PoolItems<width> items;
  const T* x;
  T* y;
  uint8_t* winners;

  LIENET_HOST_DEVICE int64_t blocks() const { return items.blocks(); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    items.each(block, [&](int64_t n, int i, int j, int channel, int64_t at) {
      const int top = i * maps.stride - maps.padding, left = j * maps.stride - maps.padding;
      float best[width] = {};
      Places<width> places{};
      bool first = true;
      maps.each_input(n, i, j, channel, [&](int h, int w, int64_t from) {
        float here[width];
        unpack(read<T, width>(x + from), here);
        for (int k = 0; k < width; ++k)
          if (first || here[k] > best[k] || here[k] != here[k]) {
            best[k] = here[k];
            places.place[k] = static_cast<uint8_t>((h - top) * maps.kernel + w - left);
          }
        first = false;
      });
      write(pack<T>(best), y + at);
      *reinterpret_cast<Places<width>*>(winners + at) = places;
    });
  }
};

template <class T, int width>
struct MaxPoolBackward {
  static constexpr int threads = PoolItems<width>::threads;
  PoolMaps maps;
  PoolItems<width> items;
  const uint8_t* winners;
  const T* dy;
  T* dx;

  LIENET_HOST_DEVICE int64_t blocks() const { return items.blocks(); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    items.each(block, [&](int64_t n, int h, int w, int channel, int64_t at) {
      float sum[width] = {};
      maps.each_output(n, h, w, channel, [&](int i, int j, int64_t from) {
        const int place =
            (h - i * maps.stride + maps.padding) * maps.kernel + w - j * maps.stride + maps.padding;
        const auto places = *reinterpret_cast<const Places<width>*>(winners + from);
        float part[width];
        unpack(read<T, width>(dy + from), part);
        for (int k = 0; k < width; ++k)
          if (places.place[k] == place) sum[k] += part[k];
      });
      write(pack<T>(sum), dx + at);
    });
  }
};

// count_padding: a window's divisor is kernel^2, else how many of its positions lie inside.
template <class T, int width>
struct AvgPool {
  static constexpr int threads = PoolItems<width>::threads;
  PoolMaps maps;
  PoolItems<width> items;
  bool count_padding;
  const T* x;
  T* y;

  LIENET_HOST_DEVICE int64_t blocks() const { return items.blocks(); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    items.each(block, [&](int64_t n, int i, int j, int channel, int64_t at) {
      float sum[width] = {};
      maps.each_input(n, i, j, channel, [&](int, int, int64_t from) {
        float here[width];
        unpack(read<T, width>(x + from), here);
        for (int k = 0; k < width; ++k) sum[k] += here[k];
      });
      const int divisor = maps.divisor(i, j, count_padding);
      for (int k = 0; k < width; ++k) sum[k] /= static_cast<float>(divisor);
      write(pack<T>(sum), y + at);
    });
  }
};

template <class T, int width>
struct AvgPoolBackward {
  static constexpr int threads = PoolItems<width>::threads;
  PoolMaps maps;
  PoolItems<width> items;
  bool count_padding;
  const T* dy;
  T* dx;

  LIENET_HOST_DEVICE int64_t blocks() const { return items.blocks(); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    items.each(block, [&](int64_t n, int h, int w, int channel, int64_t at) {
      float sum[width] = {};
      maps.each_output(n, h, w, channel, [&](int i, int j, int64_t from) {
        const int divisor = maps.divisor(i, j, count_padding);
        float part[width];
        unpack(read<T, width>(dy + from), part);
        for (int k = 0; k < width; ++k) sum[k] += part[k] / static_cast<float>(divisor);
      });
      write(pack<T>(sum), dx + at);
    });
  }
};

// y[n,c] = mean over the positions of x[n,:,c]. A block takes up to 32 vectors of one sample.
template <class T, int width>
struct GlobalAvgPool {
  static constexpr int threads = 256;
  int64_t samples;
  int positions, channels;
  const T* x;
  float* y;

  LIENET_HOST_DEVICE int vectors() const { return lesser(channels / width, 32); }
  LIENET_HOST_DEVICE int tiles() const {
    return static_cast<int>(divided_up(channels / width, vectors()));
  }
  LIENET_HOST_DEVICE int64_t blocks() const { return samples * tiles(); }
  LIENET_HOST_DEVICE Array<float> carve(Carve& memory) const {
    return memory.take<float>(threads * width);
  }

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const Array<float> sums = carve(block.shared());  // [lane][channel of the tile]
    const int64_t sample = block.index() / tiles();
    const int begin = static_cast<int>(block.index() % tiles()) * vectors() * width;
    const int wide = lesser(vectors() * width, channels - begin), across = wide / width;
    const int lanes = lesser(threads / across, positions);
    const T* from = x + sample * positions * channels + begin;
    block.each(lanes * across, [&](int item) {
      const int lane = item / across, channel = item % across * width;
      float sum[width] = {};
      LIENET_UNROLL
      for (int p = lane; p < positions; p += lanes) {
        float here[width];
        unpack(read<T, width>(from + static_cast<int64_t>(p) * channels + channel), here);
        for (int k = 0; k < width; ++k) sum[k] += here[k];
      }
      for (int k = 0; k < width; ++k) sums[lane * wide + channel + k] = sum[k];
    });
    block.each(wide, [&](int channel) {
      float sum = 0;
      for (int lane = 0; lane < lanes; ++lane) sum += sums[lane * wide + channel];
      y[sample * channels + begin + channel] = sum / static_cast<float>(positions);
    });
  }
};

// dx[n,:,c] = dy[n,c] / positions
template <class T, int width>
struct GlobalAvgPoolBackward {
  static constexpr int threads = PoolItems<width>::threads;
  PoolItems<width> items;  // of one row of positions
  int positions, channels;
  const float* dy;
  T* dx;

  LIENET_HOST_DEVICE int64_t blocks() const { return items.blocks(); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    items.each(block, [&](int64_t n, int, int, int channel, int64_t at) {
      float part[width];
      for (int k = 0; k < width; ++k)
        part[k] = dy[n * channels + channel + k] / static_cast<float>(positions);
      write(pack<T>(part), dx + at);
    });
  }
};

}  // namespace lienet::cuda
