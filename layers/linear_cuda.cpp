// Matrix products by cuBLAS. Its matrices lie by columns: a plain one is to it the transposed, so
// that out = a * b is asked for as out^T = b^T * a^T.
#include "engine/cuda/column_ops.h"
#include "engine/cuda/device_tensor.h"
#include "engine/cuda/handles.h"
#include "layers/linear.h"

namespace lienet::cuda {

void matmul(Context& ctx, const Tensor& a, bool ta, const Tensor& b, bool tb, Tensor& out) {
  const auto extent = [](int64_t n) { return static_cast<int>(n); };
  const int rows = extent(out.dim(0)), columns = extent(out.dim(1)),
            depth = extent(a.dim(ta ? 0 : 1));
  const float one = 1, zero = 0;
  const cublasComputeType_t compute =
      ctx.precision() == Precision::fp32 ? CUBLAS_COMPUTE_32F : CUBLAS_COMPUTE_32F_FAST_TF32;
  LIENET_CUDA_CHECK(
      cublasGemmEx(ctx.stream().cublas(), tb ? CUBLAS_OP_T : CUBLAS_OP_N,
                   ta ? CUBLAS_OP_T : CUBLAS_OP_N, columns, rows, depth, &one, elements<float>(b),
                   CUDA_R_32F, extent(b.dim(1)), elements<float>(a), CUDA_R_32F, extent(a.dim(1)),
                   &zero, elements<float>(out), CUDA_R_32F, columns, compute, CUBLAS_GEMM_DEFAULT));
}

void add_bias(Context& ctx, const Tensor& b, Tensor& y) {
  add_to_columns(ctx, b, y.dim(0), y.dim(1), y);
}

void sum_rows(Context& ctx, const Tensor& dy, Tensor& db) {
  column_sums(ctx, dy, dy.dim(0), dy.dim(1), db);
}

}  // namespace lienet::cuda
