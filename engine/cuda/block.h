// Block programs: kernels written in phases, so that the same source runs on the device and, where
// no GPU is, in the tests on the host.
//
// A program is a struct of arguments with `threads`, the size of its blocks, and a call operator
// for one block's work (and `beside`, where a multiprocessor is to bear several blocks at a time):
//
//   // y[b] = sum_i (x[b,i] - mean_i x[b,i])^2:  one block for each row, kept in shared memory
//   struct Variance {
//     static constexpr int threads = 256;
//     const float* x;
//     int n;
//     float* y;
//
//     struct Shared { Array<float> row; };
//     LIENET_HOST_DEVICE Shared carve(Carve& m) const { return {m.take<float>(n)}; }
//
//     template <class Block>
//     LIENET_DEVICE void operator()(Block& block) const {
//       const Shared shared = carve(block.shared());
//       const float* from = x + block.index() * n;
//       block.each(n, [&](int i) { shared.row[i] = from[i]; });
//       const float mean = block.sum(n, [&](int i) { return shared.row[i]; }) / n;
//       const auto square = [&](int i) { float d = shared.row[i] - mean; return d * d; };
//       const float sum = block.sum(n, square);
//       block.each(1, [&](int) { y[block.index()] = sum; });
//     }
//   };
//
// A Block offers (every call is a phase: the threads share 0 .. n-1 among them, then wait for each
// other):
//   each(n, f)                f(i)
//   stream<burst>(n, load, f) f(i, load(i)), with `burst` loads under way before the first is used
//   sum(n, f)                 f(0) + f(1) + ..., in an order that depends on n and threads alone
//   count(n, f)               how many f(i) are true
//   largest(n, start, f), smallest(n, start, f)   of start and f(i)
//   hold<most>(n, beyond, f)  f(i) of all i, kept in registers, up to `most` in a thread: an object
//                             with count(f), largest(start, f) and smallest(start, f), f of each
//                             value; each of these may see `beyond`, too
//   groups(n, f)              f(group, i): each i by one group of 32 threads; a group offers all of
//                             the above for itself
//   add(sum, v)               *sum += v, where several blocks may: whole numbers, whose order does
//                             not matter
//   index(), blocks()         which block this is, and of how many
//   size()                    threads
//   shared()                  a Carve of the shared memory
// Outside of phases every thread runs the same code on the same values: nothing there may depend on
// the thread, and nothing may be written but local variables. Inside a phase no f(i) may depend on
// what another one does. host_block.h runs phases forwards and backwards to find those that do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#ifdef __CUDACC__
#define LIENET_DEVICE __device__ __forceinline__
#define LIENET_HOST_DEVICE __host__ __device__ __forceinline__
#define LIENET_UNROLL _Pragma("unroll")
#else
#include "engine/check.h"
#define LIENET_DEVICE inline
#define LIENET_HOST_DEVICE inline
#define LIENET_UNROLL
#endif

namespace lienet::cuda {

// A piece of shared memory. On the host every access is checked.
template <class T>
class Array {
 public:
  LIENET_HOST_DEVICE Array() : data_(nullptr), size_(0) {}
  LIENET_HOST_DEVICE Array(T* data, int size) : data_(data), size_(size) {}
  LIENET_HOST_DEVICE T& operator[](int i) const {
#ifndef __CUDACC__
    LIENET_CHECK(i >= 0 && i < size_, "shared memory: element {} of {}", i, size_);
#endif
    return data_[i];
  }
  LIENET_HOST_DEVICE int size() const {
    return size_;
  }
  // A part of it, or other memory: for what may be in shared memory or not.
  LIENET_HOST_DEVICE Array from(int i) const {
    return {data_ + i, size_ - i};
  }

 private:
  T* data_;
  int size_;
};

// Cuts arrays out of a block's shared memory, each on a border of 16 bytes. Without memory it only
// counts.
class Carve {
 public:
  LIENET_HOST_DEVICE Carve(void* memory, size_t bytes)
      : memory_(static_cast<unsigned char*>(memory)), bytes_(bytes) {}

  template <class T>
  LIENET_HOST_DEVICE Array<T> take(int count) {
    const size_t begin = used_;
    used_ += (static_cast<size_t>(count) * sizeof(T) + 15) / 16 * 16;
#ifdef __CUDA_ARCH__
    if (used_ > bytes_) __trap();
#else
#ifndef __CUDACC__
    LIENET_CHECK(used_ <= bytes_, "shared memory: {} of {} bytes", used_, bytes_);
#endif
    if (!memory_) return {};
#endif
    T* p = reinterpret_cast<T*>(memory_ + begin);
    return {p, count};
  }
  LIENET_HOST_DEVICE size_t used() const {
    return used_;
  }

 private:
  unsigned char* memory_;
  size_t bytes_, used_ = 0;
};

// The shared memory that a program's carve() takes. It is called on no memory to learn its size.
template <class Program>
LIENET_HOST_DEVICE size_t shared_bytes(const Program& program) {
  if constexpr (requires(Carve & c) { program.carve(c); }) {
    Carve measure(nullptr, SIZE_MAX);
    program.carve(measure);
    return measure.used();
  } else {
    return 0;
  }
}

template <class T>
LIENET_HOST_DEVICE T lesser(T a, T b) {
  return b < a ? b : a;
}
template <class T>
LIENET_HOST_DEVICE T greater(T a, T b) {
  return a < b ? b : a;
}
// How two parts of a result become one.
struct Plus {
  template <class T>
  LIENET_HOST_DEVICE T operator()(T a, T b) const {
    return a + b;
  }
};
struct Lesser {
  template <class T>
  LIENET_HOST_DEVICE T operator()(T a, T b) const {
    return lesser(a, b);
  }
};
struct Greater {
  template <class T>
  LIENET_HOST_DEVICE T operator()(T a, T b) const {
    return greater(a, b);
  }
};
LIENET_HOST_DEVICE constexpr int64_t divided_up(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

}  // namespace lienet::cuda
