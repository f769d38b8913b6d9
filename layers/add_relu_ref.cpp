#include "engine/dispatch.h"
#include "layers/add_relu.h"

namespace lienet::ref {

void add_relu(Context&, const Tensor& a, const Tensor& b, Tensor& y) {
  for_floating(a.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < a.size(); ++i) {
      const T v = a.data<T>()[i] + b.data<T>()[i];
      y.data<T>()[i] = v < 0 ? 0 : v;
    }
  });
}

}  // namespace lienet::ref
