// Checked calls of the runtime, cuBLAS and cuDNN: what fails throws Error with the library's words,
// the expression and its place. Usable in .cu files. Internal.
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include <string>

namespace lienet::cuda {

struct Place {
  const char* expression;
  const char* file;
  int line;
};

// Throw unless the status is success.
void check(cudaError_t status, const Place& place);
void check(cublasStatus_t status, const Place& place);
void check(cudnnStatus_t status, const Place& place);

}  // namespace lienet::cuda

#define LIENET_CUDA_CHECK(expression) \
  ::lienet::cuda::check((expression), ::lienet::cuda::Place{#expression, __FILE__, __LINE__})
