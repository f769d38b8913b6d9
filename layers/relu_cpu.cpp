#include "layers/relu.h"

namespace lienet::cpu {

void relu(Context&, const Tensor& x, Tensor& y) {
  const float* px = x.data<float>();
  float* py = y.data<float>();
  const int64_t n = x.size();
#pragma omp parallel for simd schedule(static)
  for (int64_t i = 0; i < n; ++i) py[i] = px[i] > 0 ? px[i] : 0;
}

void relu_backward(Context&, const Tensor& y, const Tensor& dy, Tensor& dx) {
  const float* py = y.data<float>();
  const float* pdy = dy.data<float>();
  float* pdx = dx.data<float>();
  const int64_t n = y.size();
#pragma omp parallel for simd schedule(static)
  for (int64_t i = 0; i < n; ++i) pdx[i] = py[i] > 0 ? pdy[i] : 0;
}

}  // namespace lienet::cpu
