// Elements of activations in device memory, in accesses of 16 bytes where the program says so;
// computed with as floats.
#pragma once

#include <cmath>
#include <cstring>

#include "engine/cuda/block.h"
#include "engine/dtype.h"
#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#endif

namespace lienet::cuda {

LIENET_DEVICE float float_of(uint32_t bits) {
#ifdef __CUDA_ARCH__
  return __uint_as_float(bits);
#else
  float v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
#endif
}

LIENET_DEVICE uint32_t bits_of(float v) {
#ifdef __CUDA_ARCH__
  return __float_as_uint(v);
#else
  uint32_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  return bits;
#endif
}

// The square root, on the device to the last bit but one in one instruction.
LIENET_DEVICE float root(float v) {
#ifdef __CUDA_ARCH__
  float result;
  asm("sqrt.approx.f32 %0, %1;" : "=f"(result) : "f"(v));
  return result;
#else
  return std::sqrt(v);
#endif
}

// One element.
LIENET_DEVICE float widened(float v) {
  return v;
}
LIENET_DEVICE float widened(bfloat16 v) {
  return float_of(static_cast<uint32_t>(v.bits) << 16);
}
LIENET_DEVICE float widened(float16 v) {
#ifdef __CUDACC__
  return __half2float(__ushort_as_half(v.bits));
#else
  return v;
#endif
}
template <class T>
LIENET_DEVICE T narrowed(float v);
template <>
LIENET_DEVICE float narrowed<float>(float v) {
  return v;
}
template <>
LIENET_DEVICE bfloat16 narrowed<bfloat16>(float v) {
#ifdef __CUDACC__
  bfloat16 result;
  result.bits = __bfloat16_as_ushort(__float2bfloat16_rn(v));
  return result;
#else
  return bfloat16(v);
#endif
}
template <>
LIENET_DEVICE float16 narrowed<float16>(float v) {
#ifdef __CUDACC__
  float16 result;
  result.bits = __half_as_ushort(__float2half_rn(v));
  return result;
#else
  return float16(v);
#endif
}

// `width` elements as they lie in memory: one, or as many as 16 bytes hold.
template <class T, int width>
struct alignas(sizeof(T) * width) Pack {
  static constexpr int words = width == 1 ? 1 : 4;
  using Word = std::conditional_t<width == 1, T, uint32_t>;
  Word word[words];
};
template <class T>
inline constexpr int full_width = 16 / sizeof(T);

template <class T, int width>
LIENET_DEVICE Pack<T, width> read(const T* p) {
  return *reinterpret_cast<const Pack<T, width>*>(p);
}
template <class T, int width>
LIENET_DEVICE void write(const Pack<T, width>& v, T* p) {
  *reinterpret_cast<Pack<T, width>*>(p) = v;
}

template <int width>
LIENET_DEVICE void unpack(const Pack<float, width>& v, float (&x)[width]) {
  for (int k = 0; k < width; ++k) {
    if constexpr (width == 1)
      x[k] = v.word[k];
    else
      x[k] = float_of(v.word[k]);
  }
}
template <class T, int width>
LIENET_DEVICE void unpack(const Pack<T, width>& v, float (&x)[width]) {
  static_assert(sizeof(T) == 2);
  if constexpr (width == 1) {
    x[0] = widened(v.word[0]);
  } else {
    for (int k = 0; k < width / 2; ++k) {
      T low, high;
      low.bits = static_cast<uint16_t>(v.word[k]);
      high.bits = static_cast<uint16_t>(v.word[k] >> 16);
      x[2 * k] = widened(low);
      x[2 * k + 1] = widened(high);
    }
  }
}

template <class T, int width>
LIENET_DEVICE Pack<T, width> pack(const float (&x)[width]) {
  Pack<T, width> v;
  if constexpr (width == 1) {
    v.word[0] = narrowed<T>(x[0]);
  } else if constexpr (sizeof(T) == 4) {
    for (int k = 0; k < width; ++k) v.word[k] = bits_of(x[k]);
  } else {
    for (int k = 0; k < width / 2; ++k) {
      const uint32_t low = narrowed<T>(x[2 * k]).bits;
      const uint32_t high = narrowed<T>(x[2 * k + 1]).bits;
      v.word[k] = low | high << 16;
    }
  }
  return v;
}

// `width` floats from p on: a vector's parameters, where activations have fewer bytes than these.
template <int width>
LIENET_DEVICE void read_floats(const float* p, float (&x)[width]) {
  constexpr int step = width % 4 == 0 ? 4 : 1;
  for (int k = 0; k < width; k += step) {
    float part[step];
    unpack(read<float, step>(p + k), part);
    for (int j = 0; j < step; ++j) x[k + j] = part[j];
  }
}

}  // namespace lienet::cuda
