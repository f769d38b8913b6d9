#include "engine/dispatch.h"
#include "layers/linear.h"

namespace lienet::ref {

void matmul(Context&, const Tensor& a, bool ta, const Tensor& b, bool tb, Tensor& out) {
  const int64_t rows = out.dim(0), columns = out.dim(1), depth = a.dim(ta ? 0 : 1);
  for_floating(out.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        double sum = 0;
        for (int64_t k = 0; k < depth; ++k)
          sum += double(a.data<T>()[ta ? k * rows + i : i * depth + k]) *
                 double(b.data<T>()[tb ? j * depth + k : k * columns + j]);
        out.data<T>()[i * columns + j] = static_cast<T>(sum);
      }
  });
}

}  // namespace lienet::ref
