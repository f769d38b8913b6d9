// Move-only owners of what the vendor's libraries hand out, and the stream they work on.
// Destructors never throw: what cannot be given back is left. Internal.
#pragma once

#include <cublas_v2.h>
#include <cudnn.h>

#include <memory>
#include <utility>

#include "engine/context.h"
#include "engine/cuda/check.h"

namespace lienet::cuda {

void check(cublasStatus_t status, const Place& place);
void check(cudnnStatus_t status, const Place& place);

// Owns a handle of type T that `destroy` gives back.
template <class T, auto destroy>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T handle) : handle_(handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, T{})) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Handle() {
    if (handle_) destroy(handle_);
  }

  T get() const { return handle_; }
  explicit operator bool() const { return handle_ != T{}; }

 private:
  T handle_{};
};

using StreamHandle = Handle<cudaStream_t, cudaStreamDestroy>;
using EventHandle = Handle<cudaEvent_t, cudaEventDestroy>;
using GraphHandle = Handle<cudaGraph_t, cudaGraphDestroy>;
using ExecutableGraph = Handle<cudaGraphExec_t, cudaGraphExecDestroy>;
using CublasHandle = Handle<cublasHandle_t, cublasDestroy>;
using CudnnHandle = Handle<cudnnHandle_t, cudnnDestroy>;

EventHandle make_event();  // for order alone
EventHandle make_timer();

// The libraries' handles are made when they are first asked for, which is not in a step that is
// being recorded: the first steps are not.
class Stream {
 public:
  Stream();

  cudaStream_t get() const { return stream_.get(); }
  cublasHandle_t cublas();  // fp32 sums; TF32 only where a call asks for it
  cudnnHandle_t cudnn();
  bool recording() const;  // whether what is issued is recorded, not run

 private:
  StreamHandle stream_;
  // cuBLAS's workspace, which it must not ask for while a step is recorded.
  Handle<void*, cudaFree> workspace_;
  CublasHandle cublas_;
  CudnnHandle cudnn_;
};

}  // namespace lienet::cuda
