#include "engine/cuda/check.h"

#include "engine/check.h"
#include "engine/cuda/handles.h"

namespace lienet::cuda {
namespace {

[[noreturn]] void failed(const char* library, const char* words, const Place& p) {
  fail("{}: {} [{}, {}:{}]", library, words, p.expression, p.file, p.line);
}

}  // namespace

void check(cudaError_t status, const Place& place) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // forgets it, where the device goes on
  if (status == cudaErrorMemoryAllocation)
    fail("device cuda: out of memory; a smaller batch needs less [{}, {}:{}]", place.expression,
         place.file, place.line);
  failed("CUDA", cudaGetErrorString(status), place);
}

void check(cublasStatus_t status, const Place& place) {
  if (status != CUBLAS_STATUS_SUCCESS) failed("cuBLAS", cublasGetStatusString(status), place);
}

void check(cudnnStatus_t status, const Place& place) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  char words[256] = "";
  cudnnGetLastErrorString(words, sizeof(words));
  failed("cuDNN", *words ? words : cudnnGetErrorString(status), place);
}

}  // namespace lienet::cuda
