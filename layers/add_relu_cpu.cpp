#include "engine/cpu/lanes.h"
#include "engine/cpu/parallel.h"
#include "layers/add_relu.h"

namespace lienet::cpu {
namespace {

template <class T>
LIENET_CLONES void forward(const T* a, const T* b, int64_t n, T* y) {
  for (int64_t i = 0; i < n; ++i) {
    const float v = float(a[i]) + float(b[i]);
    y[i] = T(v < 0 ? 0 : v);
  }
}

}  // namespace

void add_relu(Context&, const Tensor& a, const Tensor& b, Tensor& y) {
  for_elements(a.dtype(), [&]<class T>(T) {
    const T *pa = a.data<T>(), *pb = b.data<T>();
    T* py = y.data<T>();
    for_each_range(y.size(),
                   [=](int64_t i, int64_t end) { forward(pa + i, pb + i, end - i, py + i); });
  });
}

}  // namespace lienet::cpu
