// Copies, fills and counts as block programs.
#pragma once

#include "engine/cuda/divisor.h"
#include "engine/cuda/elements.h"
#include "engine/cuda/parts.h"

namespace lienet::cuda {

// Any element as another type: through float where one of them has 16 bits.
template <class T>
inline constexpr bool is_half = std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>;
template <class To, class From>
LIENET_DEVICE To converted(From v) {
  if constexpr (std::is_same_v<To, From>)
    return v;
  else if constexpr (is_half<From>)
    return converted<To>(widened(v));
  else if constexpr (is_half<To>)
    return narrowed<To>(static_cast<float>(v));
  else
    return static_cast<To>(v);
}

// The same elements in another type.
template <class From, class To>
struct Convert {
  static constexpr int threads = 256, burst = 8, per_block = threads * burst;
  const From* from;
  To* to;
  int64_t n;

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(n, per_block); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int64_t first = block.index() * per_block;
    block.template stream<burst>(
        static_cast<int>(lesser<int64_t>(per_block, n - first)),
        [&](int i) { return from[first + i]; },
        [&](int i, From v) { to[first + i] = converted<To>(v); });
  }
};

template <class T>
struct Fill {
  static constexpr int threads = 256, per_block = 8 * threads;
  T* to;
  int64_t n;
  T value;

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(n, per_block); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int64_t first = block.index() * per_block;
    block.each(static_cast<int>(lesser<int64_t>(per_block, n - first)),
               [&](int i) { to[first + i] = value; });
  }
};

// to[i] = values[i] for i below n.
template <class T>
struct Store {
  static constexpr int threads = 32;
  double values[16];
  int n;
  T* to;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    block.each(n, [&](int i) { to[i] = static_cast<T>(values[i]); });
  }
};

// [N][rows][columns] -> [N][columns][rows], in another type: NCHW to NHWC (rows = C, columns =
// H*W), OIHW to the KRSC of weights, and back. A block takes a tile through shared memory, as wide
// as the columns where these are few.
template <class From, class To>
struct Transpose {
  static constexpr int threads = 256, tile = 1024;
  const From* from;
  To* to;
  int64_t matrices;
  int rows, columns;
  Divisor wide, high;  // of a tile

  Transpose(const From* src, To* dst, int64_t count, int r, int c)
      : from(src),
        to(dst),
        matrices(count),
        rows(r),
        columns(c),
        wide(lesser(c, 32)),
        high(lesser(r, tile / wide.value())) {}

  LIENET_HOST_DEVICE int64_t across() const { return divided_up(columns, wide.value()); }
  LIENET_HOST_DEVICE int64_t down() const { return divided_up(rows, high.value()); }
  LIENET_HOST_DEVICE int64_t blocks() const { return matrices * across() * down(); }
  // Rows of the transposed tile begin on different banks.
  LIENET_HOST_DEVICE int stride() const { return high.value() | 1; }
  LIENET_HOST_DEVICE Array<To> carve(Carve& memory) const {
    return memory.take<To>(wide.value() * stride());
  }

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const Array<To> shared = carve(block.shared());
    const int64_t matrix = block.index() / (across() * down());
    const int64_t place = block.index() - matrix * across() * down();
    const int row = static_cast<int>(place / across()) * high.value();
    const int column = static_cast<int>(place % across()) * wide.value();
    const From* in = from + matrix * rows * columns + static_cast<int64_t>(row) * columns + column;
    To* out = to + matrix * rows * columns + static_cast<int64_t>(column) * rows + row;
    const int h = rows - row, w = columns - column;  // what is left
    const int count = wide.value() * high.value();
    block.template stream<4>(
        count,
        [&](int i) {
          const int y = i / wide, x = i - y * wide.value();
          return y < h && x < w ? in[static_cast<int64_t>(y) * columns + x] : From{};
        },
        [&](int i, From v) {
          const int y = i / wide, x = i - y * wide.value();
          shared[x * stride() + y] = converted<To>(v);
        });
    block.each(count, [&](int i) {
      const int x = i / high, y = i - x * high.value();
      if (y < h && x < w) out[static_cast<int64_t>(x) * rows + y] = shared[x * stride() + y];
    });
  }
};

// counts[place] += elements that are NaN or infinite: what less itself is not 0.
template <class T>
struct NonFinitePart {
  const T* x;
  int64_t* count;
  int64_t n;
};
template <class T>
struct CountNonFinite {
  static constexpr int threads = 256;
  Parts<NonFinitePart<T>> parts;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const auto place = parts.place(block.index());
    const NonFinitePart<T>& part = parts.part[place.part];
    const int found = block.count(place.n, [&](int i) {
      const auto v = converted<std::conditional_t<is_half<T>, float, T>>(part.x[place.first + i]);
      return !(v - v == 0);
    });
    if (found > 0) block.add(part.count, found);
  }
};

}  // namespace lienet::cuda
