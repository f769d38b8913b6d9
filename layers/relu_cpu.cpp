#include "layers/relu.h"

#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"

namespace lienet::cpu {
namespace {

LIENET_CLONES void forward(const float* x, int64_t n, float* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : 0;
}

// Without a branch, which half of random signs would mispredict.
LIENET_CLONES void backward(const float* y, const int32_t* dy, int64_t n, int32_t* dx) {
  for (int64_t i = 0; i < n; ++i) dx[i] = dy[i] & -int32_t(y[i] > 0);
}

}  // namespace

void relu(Context&, const Tensor& x, Tensor& y) {
  const float* px = x.data<float>();
  float* py = y.data<float>();
  for_each_range(x.size(), [=](int64_t i, int64_t end) { forward(px + i, end - i, py + i); });
}

void relu_backward(Context&, const Tensor& y, const Tensor& dy, Tensor& dx) {
  const float* py = y.data<float>();
  const auto* pdy = reinterpret_cast<const int32_t*>(dy.data<float>());
  auto* pdx = reinterpret_cast<int32_t*>(dx.data<float>());
  for_each_range(y.size(),
                 [=](int64_t i, int64_t end) { backward(py + i, pdy + i, end - i, pdx + i); });
}

}  // namespace lienet::cpu
