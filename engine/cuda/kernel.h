// What .cu files share: typed pointers into device memory, launches that are checked, a loop over
// elements. No fmt here: nvcc does not take it. Internal.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "engine/cuda/handles.h"
#include "engine/error.h"
#include "engine/tensor.h"

namespace lienet::cuda {

[[noreturn]] inline void fail_with(const std::string& message) {
  throw Error(message);
}

// The elements of a tensor in the device's memory. Throws Error for another type or memory.
template <class T>
const T* elements(const Tensor& t) {
  if (t.dtype() != dtype_of<T> || t.on_host())
    fail_with("device cuda: elements<" + std::string(name_of(dtype_of<T>)) + ">() of " + t.str() +
              (t.on_host() ? " in the host's memory" : ""));
  return static_cast<const T*>(t.raw());
}
template <class T>
T* elements(Tensor& t) {
  return const_cast<T*>(elements<T>(std::as_const(t)));
}

// Calls f with a value of the activations' type.
template <class F>
void for_elements(DType t, F&& f) {
  if (t == DType::f32) return f(float{});
  if (t == DType::bf16) return f(bfloat16{});
  if (t == DType::f16) return f(float16{});
  fail_with(std::string("device cuda: no kernel for elements of type ") + name_of(t) +
            "; f32, bf16 and f16 have one");
}

// kernel<<<blocks, threads, shared bytes, the context's stream>>>(arguments...), checked. Nothing
// is launched for no blocks.
template <class... Parameters, class... Arguments>
void launch(Context& ctx, void (*kernel)(Parameters...), int64_t blocks, int threads,
            size_t shared_bytes, Arguments... arguments) {
  if (blocks <= 0) return;
  kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(threads), shared_bytes,
           ctx.stream().get()>>>(arguments...);
  LIENET_CUDA_CHECK(cudaGetLastError());
}

#ifdef __CUDACC__
template <class F>
__global__ void each_index(int64_t n, F f) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step)
    f(i);
}

// f(i) for every i of 0 .. n-1, on the device; f is a __device__ lambda's kin: a struct with a
// __device__ operator().
template <class F>
void for_each(Context& ctx, int64_t n, F f) {
  constexpr int threads = 256;
  constexpr int64_t most = int64_t{1} << 16;
  launch(ctx, each_index<F>, std::min((n + threads - 1) / threads, most), threads, 0, n, f);
}
#endif

}  // namespace lienet::cuda
