#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"
#include "layers/add_relu.h"

namespace lienet::cpu {
namespace {

LIENET_CLONES void forward(const float* a, const float* b, int64_t n, float* y) {
  for (int64_t i = 0; i < n; ++i) {
    const float v = a[i] + b[i];
    y[i] = v > 0 ? v : 0;
  }
}

}  // namespace

void add_relu(Context&, const Tensor& a, const Tensor& b, Tensor& y) {
  const float *pa = a.data<float>(), *pb = b.data<float>();
  float* py = y.data<float>();
  for_each_range(y.size(),
                 [=](int64_t i, int64_t end) { forward(pa + i, pb + i, end - i, py + i); });
}

}  // namespace lienet::cpu
