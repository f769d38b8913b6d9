#include "layers/relu.h"

#include "engine/dispatch.h"

namespace lienet::ref {

void relu(Context&, const Tensor& x, Tensor& y) {
  for_floating(x.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < x.size(); ++i) {
      const T v = x.data<T>()[i];
      y.data<T>()[i] = v < 0 ? 0 : v;
    }
  });
}

}  // namespace lienet::ref
