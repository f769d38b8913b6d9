// Checked calls: what fails throws Error with the library's words, the expression and its place.
// Those of the runtime, and with handles.h of cuBLAS and cuDNN. Usable in .cu files. Internal.
#pragma once

#include <cuda_runtime_api.h>

namespace lienet::cuda {

struct Place {
  const char* expression;
  const char* file;
  int line;
};

// Throws unless the status is success.
void check(cudaError_t status, const Place& place);

}  // namespace lienet::cuda

#define LIENET_CUDA_CHECK(expression) \
  ::lienet::cuda::check((expression), ::lienet::cuda::Place{#expression, __FILE__, __LINE__})
