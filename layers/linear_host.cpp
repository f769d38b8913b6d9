// Rows of [N,O] and vectors of [O] are few beside the products: one loop serves every host.
#include "engine/dispatch.h"
#include "layers/linear.h"

namespace lienet::host {

void add_bias(Context&, const Tensor& b, Tensor& y) {
  for_floating(y.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < y.size(); ++i) y.data<T>()[i] += b.data<T>()[i % b.size()];
  });
}

void sum_rows(Context&, const Tensor& dy, Tensor& db) {
  for_floating(dy.dtype(), [&]<class T>(T) {
    for (int64_t o = 0; o < dy.dim(1); ++o) {
      double sum = 0;
      for (int64_t n = 0; n < dy.dim(0); ++n) sum += double(dy.data<T>()[n * dy.dim(1) + o]);
      db.data<T>()[o] = static_cast<T>(sum);
    }
  });
}

}  // namespace lienet::host
