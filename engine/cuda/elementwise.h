// out[i] = op(in[0][i], in[1][i], ...): elements of one type, computed with as floats.
#pragma once

#include "engine/cuda/elements.h"

namespace lienet::cuda {

// Op: float operator()(const float (&x)[inputs]) const, on the device. Memory begins on borders of
// 16 bytes; out may be one of the inputs.
template <class T, int inputs, class Op>
struct Elementwise {
  static constexpr int threads = 256, burst = 4, width = full_width<T>;
  static constexpr int64_t per_block = int64_t{threads} * burst * width;
  Op op;
  const T* in[inputs];
  T* out;
  int64_t n;

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(n, per_block); }

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int64_t first = block.index() * per_block;
    const int count = static_cast<int>(lesser(per_block, n - first)), whole = count / width;
    block.template stream<burst>(
        whole, [&](int i) { return load<width>(first + i * width); },
        [&](int i, const Loaded<width>& v) { store(v, first + i * width); });
    const int64_t rest = first + whole * width;
    block.each(count - whole * width, [&](int i) { store(load<1>(rest + i), rest + i); });
  }

 private:
  template <int wide>
  struct Loaded {
    Pack<T, wide> in[inputs];
  };
  template <int wide>
  LIENET_DEVICE Loaded<wide> load(int64_t at) const {
    Loaded<wide> v;
    LIENET_UNROLL
    for (int k = 0; k < inputs; ++k) v.in[k] = read<T, wide>(in[k] + at);
    return v;
  }
  template <int wide>
  LIENET_DEVICE void store(const Loaded<wide>& v, int64_t at) const {
    float x[inputs][wide], y[wide];
    LIENET_UNROLL
    for (int k = 0; k < inputs; ++k) unpack(v.in[k], x[k]);
    LIENET_UNROLL
    for (int e = 0; e < wide; ++e) {
      float arguments[inputs];
      LIENET_UNROLL
      for (int k = 0; k < inputs; ++k) arguments[k] = x[k][e];
      y[e] = op(arguments);
    }
    write(pack<T>(y), out + at);
  }
};

// What is done to elements. ReLU leaves a NaN as it is; to its backward one is not above 0.
struct Positive {
  LIENET_DEVICE float operator()(const float (&x)[1]) const { return x[0] < 0 ? 0 : x[0]; }
};
struct Sum {
  LIENET_DEVICE float operator()(const float (&x)[2]) const { return x[0] + x[1]; }
};
struct PositiveSum {
  LIENET_DEVICE float operator()(const float (&x)[2]) const {
    const float sum = x[0] + x[1];
    return sum < 0 ? 0 : sum;
  }
};
struct Product {
  LIENET_DEVICE float operator()(const float (&x)[2]) const { return x[0] * x[1]; }
};
// ReLU's backward: x[0] where y = x[1] is above 0.
struct WherePositive {
  LIENET_DEVICE float operator()(const float (&x)[2]) const { return x[1] > 0 ? x[0] : 0; }
};
// The same of a sum: x[0] + x[1] where y = x[2] is above 0.
struct SumWherePositive {
  LIENET_DEVICE float operator()(const float (&x)[3]) const { return x[2] > 0 ? x[0] + x[1] : 0; }
};
// Times a number that the device's memory holds.
struct Scaled {
  const float* factor;
  LIENET_DEVICE float operator()(const float (&x)[1]) const { return *factor * x[0]; }
};

}  // namespace lienet::cuda
