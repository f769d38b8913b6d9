// Runs block programs on the device.
#pragma once

#include "engine/context.h"
#include "engine/cuda/block.h"
#include "engine/cuda/check.h"
#include "engine/cuda/device.h"
#include "engine/cuda/device_tensor.h"
#include "engine/cuda/parts.h"

namespace lienet::cuda {
namespace detail {

template <class T, class Op>
__device__ __forceinline__ T combine_lanes(T v, Op op) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    v = op(v, __shfl_xor_sync(0xffffffffu, v, distance));
  return v;
}
// Whole numbers have instructions for it.
__device__ __forceinline__ int combine_lanes(int v, Plus) {
  return __reduce_add_sync(0xffffffffu, v);
}
__device__ __forceinline__ int combine_lanes(int v, Lesser) {
  return __reduce_min_sync(0xffffffffu, v);
}
__device__ __forceinline__ int combine_lanes(int v, Greater) {
  return __reduce_max_sync(0xffffffffu, v);
}

// Values in the registers of `Threads`.
template <class Threads, class T, int most>
class DeviceHeld {
 public:
  template <class F>
  __device__ __forceinline__ DeviceHeld(Threads& threads, int n, T beyond, F f)
      : threads_(threads) {
#pragma unroll
    for (int k = 0; k < most; ++k) {
      const int i = threads.thread() + k * threads.size();
      value_[k] = i < n ? f(i) : beyond;
    }
  }
  template <class F>
  __device__ __forceinline__ int count(F f) {
    return fold(
        0, [&](int v, T x) { return v + (f(x) ? 1 : 0); }, Plus{});
  }
  template <class F>
  __device__ __forceinline__ T largest(T start, F f) {
    return fold(
        start, [&](T v, T x) { return greater(v, f(x)); }, Greater{});
  }
  template <class F>
  __device__ __forceinline__ T smallest(T start, F f) {
    return fold(
        start, [&](T v, T x) { return lesser(v, f(x)); }, Lesser{});
  }

 private:
  // Indexed by constants alone, or the values would leave the registers.
  template <class R, class Step, class Op>
  __device__ __forceinline__ R fold(R v, Step step, Op op) {
#pragma unroll
    for (int k = 0; k < most; ++k) v = step(v, value_[k]);
    return threads_.combine(v, op);
  }

  Threads& threads_;
  T value_[most];
};

// What a block and a group of 32 have in common: `Self` says which thread this is, how the threads
// wait, and how their parts are combined.
template <class Self>
class DeviceThreads {
 public:
  template <class F>
  __device__ __forceinline__ void each(int n, F f) {
    for (int i = self().thread(); i < n; i += self().size()) f(i);
    self().wait();
  }
  template <int burst, class Load, class F>
  __device__ __forceinline__ void stream(int n, Load load, F f) {
    const int step = self().size();
    int i = self().thread();
    for (; i + (burst - 1) * step < n; i += burst * step) {
      decltype(load(0)) loaded[burst];
#pragma unroll
      for (int k = 0; k < burst; ++k) loaded[k] = load(i + k * step);
#pragma unroll
      for (int k = 0; k < burst; ++k) f(i + k * step, loaded[k]);
    }
    for (; i < n; i += step) f(i, load(i));
    self().wait();
  }
  template <class F>
  __device__ __forceinline__ auto sum(int n, F f) {
    using T = decltype(f(0));
    T v{};
    for (int i = self().thread(); i < n; i += self().size()) v = v + f(i);
    return self().combine(v, Plus{});
  }
  template <class F>
  __device__ __forceinline__ int count(int n, F f) {
    int v = 0;
#pragma unroll 8
    for (int i = self().thread(); i < n; i += self().size()) v += f(i) ? 1 : 0;
    return self().combine(v, Plus{});
  }
  template <class T, class F>
  __device__ __forceinline__ T largest(int n, T v, F f) {
    for (int i = self().thread(); i < n; i += self().size()) v = greater(v, f(i));
    return self().combine(v, Greater{});
  }
  template <class T, class F>
  __device__ __forceinline__ T smallest(int n, T v, F f) {
    for (int i = self().thread(); i < n; i += self().size()) v = lesser(v, f(i));
    return self().combine(v, Lesser{});
  }
  template <int most, class T, class F>
  __device__ __forceinline__ DeviceHeld<Self, T, most> hold(int n, T beyond, F f) {
    return {self(), n, beyond, f};
  }

 private:
  __device__ __forceinline__ Self& self() {
    return static_cast<Self&>(*this);
  }
};

}  // namespace detail

class DeviceGroup : public detail::DeviceThreads<DeviceGroup> {
 public:
  __device__ __forceinline__ int thread() const { return threadIdx.x % 32; }
  __device__ __forceinline__ int size() const { return 32; }
  __device__ __forceinline__ void wait() { __syncwarp(); }
  template <class T, class Op>
  __device__ __forceinline__ T combine(T v, Op op) {
    return detail::combine_lanes(v, op);
  }
};

template <int threads>
class DeviceBlock : public detail::DeviceThreads<DeviceBlock<threads>> {
 public:
  __device__ __forceinline__ DeviceBlock(void* memory, size_t bytes) : shared_(memory, bytes) {}
  __device__ __forceinline__ int thread() const { return threadIdx.x; }
  __device__ __forceinline__ int size() const { return threads; }
  __device__ __forceinline__ int64_t index() const { return blockIdx.x; }
  __device__ __forceinline__ int64_t blocks() const { return gridDim.x; }
  __device__ __forceinline__ Carve& shared() { return shared_; }
  __device__ __forceinline__ void wait() { __syncthreads(); }

  template <class T, class Op>
  __device__ __forceinline__ T combine(T v, Op op) {
    return combine_groups(detail::combine_lanes(v, op), op);
  }

  __device__ __forceinline__ void add(int64_t* sum, int64_t v) {
    if (threadIdx.x == 0)
      atomicAdd(reinterpret_cast<unsigned long long*>(sum), static_cast<unsigned long long>(v));
    wait();
  }
  template <class F>
  __device__ __forceinline__ void groups(int n, F f) {
    DeviceGroup group;
    for (int i = threadIdx.x / 32; i < n; i += threads / 32) f(group, i);
    wait();
  }

 private:
  template <class T, class Op>
  __device__ __forceinline__ T combine_groups(T v, Op op) {
    constexpr int count = threads / 32;
    __shared__ T parts[count];
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = v;
    wait();
    T all = parts[0];
#pragma unroll
    for (int g = 1; g < count; ++g) all = op(all, parts[g]);
    wait();
    return all;
  }

  Carve shared_;
};

namespace detail {

// How many blocks a multiprocessor is to bear beside each other: a bound on registers.
template <class Program>
constexpr int beside() {
  if constexpr (requires { Program::beside; }) return Program::beside;
  return 1;
}

template <class Program>
__global__ void __launch_bounds__(Program::threads, beside<Program>())
    run_block(const __grid_constant__ Program program, size_t bytes) {
  extern __shared__ __align__(16) unsigned char memory[];
  DeviceBlock<Program::threads> block(memory, bytes);
  program(block);
}

}  // namespace detail

// Issues so many blocks of the program, or none, on the context's stream.
template <class Program>
void run(Context& ctx, int64_t blocks, const Program& program) {
  static_assert(sizeof(Program) <= 4000, "a launch's arguments are 4 KB at most");
  if (blocks <= 0) return;
  const size_t bytes = shared_bytes(program);
  // As much as a block gets without asking, less what its own sums take.
  constexpr size_t without_asking = 47 * 1024;
  if (bytes > without_asking)
    LIENET_CUDA_CHECK(cudaFuncSetAttribute(detail::run_block<Program>,
                                           cudaFuncAttributeMaxDynamicSharedMemorySize,
                                           static_cast<int>(bytes)));
  const auto stream = reinterpret_cast<cudaStream_t>(number_of(ctx.stream()));
  detail::run_block<<<static_cast<unsigned>(blocks), Program::threads, bytes, stream>>>(program,
                                                                                        bytes);
  LIENET_CUDA_CHECK(cudaGetLastError());
}
template <class Program>
void run(Context& ctx, const Program& program) {
  run(ctx, program.blocks(), program);
}

// Runs `program` on what `pieces_of(i)` gives for each i below `count`, as many parts at a time as
// a launch takes; before(blocks so far) each time.
template <class Program, class PiecesOf, class Before>
void run_on_parts(Context& ctx, Program program, size_t count, PiecesOf pieces_of, Before before) {
  int64_t blocks = 0;
  const auto flush = [&] {
    before(program, blocks);
    run(ctx, program.parts.blocks(), program);
    blocks += program.parts.blocks();
    program.parts.count = 0;
  };
  for (size_t i = 0; i < count; ++i) {
    const auto pieces = pieces_of(i);
    if (program.parts.add(pieces)) continue;
    flush();
    program.parts.add(pieces);
  }
  flush();
}
template <class Program, class PiecesOf>
void run_on_parts(Context& ctx, const Program& program, size_t count, PiecesOf pieces_of) {
  run_on_parts(ctx, program, count, pieces_of, [](Program&, int64_t) {});
}

}  // namespace lienet::cuda
