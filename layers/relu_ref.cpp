#include "engine/dispatch.h"
#include "layers/relu.h"

namespace lienet::ref {

void relu(Context&, const Tensor& x, Tensor& y) {
  for_floating(x.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < x.size(); ++i) {
      const T v = x.data<T>()[i];
      y.data<T>()[i] = v > 0 ? v : 0;
    }
  });
}

void relu_backward(Context&, const Tensor& y, const Tensor& dy, Tensor& dx) {
  for_floating(y.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < y.size(); ++i)
      dx.data<T>()[i] = y.data<T>()[i] > 0 ? dy.data<T>()[i] : 0;
  });
}

}  // namespace lienet::ref
