#include <cmath>

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
          int64_t best = -1, place = 0;
          const PoolWindow rows = pool_window(i, H, o), columns = pool_window(j, W, o);
          for (int64_t h = rows.begin; h < rows.end; ++h)
            for (int64_t w = columns.begin; w < columns.end; ++w) {
              const T* map = x.data<T>() + m * H * W;
              const T here = map[h * W + w];
              if (best >= 0 && !(here > map[best] || std::isnan(here))) continue;
              best = h * W + w;
              place = (h - i * o.stride + o.padding) * o.kernel + w - j * o.stride + o.padding;
            }
          winners.data<uint8_t>()[at] = static_cast<uint8_t>(place);
          y.data<T>()[at] = x.data<T>()[m * H * W + best];
        }
  });
}

void max_pool2d_backward(Context&, const Pool2dOptions& o, const Tensor& winners, const Tensor& dy,
                         Tensor& dx) {
  const int64_t w_out = dy.dim(3), from = dy.dim(2) * w_out, to = dx.dim(2) * dx.dim(3);
  for_floating(dy.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < dy.size(); ++i) {
      const int64_t place = winners.data<uint8_t>()[i];
      const int64_t h = i % from / w_out * o.stride - o.padding + place / o.kernel;
      const int64_t w = i % w_out * o.stride - o.padding + place % o.kernel;
      dx.data<T>()[i / from * to + h * dx.dim(3) + w] += dy.data<T>()[i];
    }
  });
}

}  // namespace lienet::ref
