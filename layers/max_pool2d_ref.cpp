#include "engine/dispatch.h"
#include "layers/max_pool2d.h"

namespace lienet::ref {

void max_pool2d(Context&, const Tensor& x, const Pool2dOptions& o, Tensor& y, Tensor& winners) {
  const int64_t H = x.dim(2), W = x.dim(3);
  for_floating(x.dtype(), [&]<class T>(T) {
    int64_t at = 0;
    for (int64_t m = 0; m < x.dim(0) * x.dim(1); ++m)
      for (int64_t i = 0; i < y.dim(2); ++i)
        for (int64_t j = 0; j < y.dim(3); ++j, ++at) {
          int64_t best = -1;
          const PoolWindow rows = pool_window(i, H, o), columns = pool_window(j, W, o);
          for (int64_t h = rows.begin; h < rows.end; ++h)
            for (int64_t w = columns.begin; w < columns.end; ++w) {
              const T* map = x.data<T>() + m * H * W;
              if (best < 0 || map[h * W + w] > map[best]) best = h * W + w;
            }
          winners.data<int64_t>()[at] = best;
          y.data<T>()[at] = x.data<T>()[m * H * W + best];
        }
  });
}

void max_pool2d_backward(Context&, const Tensor& winners, const Tensor& dy, Tensor& dx) {
  const int64_t from = dy.dim(2) * dy.dim(3), to = dx.dim(2) * dx.dim(3);
  for_floating(dy.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < dy.size(); ++i)
      dx.data<T>()[i / from * to + winners.data<int64_t>()[i]] += dy.data<T>()[i];
  });
}

}  // namespace lienet::ref
