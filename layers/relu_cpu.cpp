#include "layers/relu.h"

#include "engine/cpu/lanes.h"
#include "engine/cpu/parallel.h"

namespace lienet::cpu {
namespace {

template <class T>
LIENET_CLONES void forward(const T* x, int64_t n, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = float(x[i]) < 0 ? T{} : x[i];
}

}  // namespace

void relu(Context&, const Tensor& x, Tensor& y) {
  for_elements(x.dtype(), [&]<class T>(T) {
    const T* px = x.data<T>();
    T* py = y.data<T>();
    for_each_range(x.size(), [=](int64_t i, int64_t end) { forward(px + i, end - i, py + i); });
  });
}

}  // namespace lienet::cpu
