#include "engine/dispatch.h"
#include "layers/avg_pool2d.h"

namespace lienet::ref {
namespace {

// Calls f(element of y, first element of its map in x, the window's rows and columns inside x).
template <class F>
void for_each_window(const Tensor& x, const Tensor& y, const Pool2dOptions& o, F f) {
  int64_t at = 0;
  for (int64_t m = 0; m < x.dim(0) * x.dim(1); ++m)
    for (int64_t i = 0; i < y.dim(2); ++i)
      for (int64_t j = 0; j < y.dim(3); ++j, ++at)
        f(at, m * x.dim(2) * x.dim(3), pool_window(i, x.dim(2), o), pool_window(j, x.dim(3), o));
}

}  // namespace

void avg_pool2d(Context&, const Tensor& x, const AvgPool2dOptions& o, Tensor& y) {
  for_floating(x.dtype(), [&]<class T>(T) {
    for_each_window(
        x, y, o.window, [&](int64_t at, int64_t map, PoolWindow rows, PoolWindow columns) {
          double sum = 0;
          for (int64_t h = rows.begin; h < rows.end; ++h)
            for (int64_t w = columns.begin; w < columns.end; ++w)
              sum += double(x.data<T>()[map + h * x.dim(3) + w]);
          y.data<T>()[at] = static_cast<T>(sum / static_cast<double>(o.divisor(rows, columns)));
        });
  });
}

void avg_pool2d_backward(Context&, const AvgPool2dOptions& o, const Tensor& dy, Tensor& dx) {
  for_floating(dy.dtype(), [&]<class T>(T) {
    for_each_window(dx, dy, o.window,
                    [&](int64_t at, int64_t map, PoolWindow rows, PoolWindow columns) {
                      const T part = dy.data<T>()[at] / static_cast<T>(o.divisor(rows, columns));
                      for (int64_t h = rows.begin; h < rows.end; ++h)
                        for (int64_t w = columns.begin; w < columns.end; ++w)
                          dx.data<T>()[map + h * dx.dim(3) + w] += part;
                    });
  });
}

}  // namespace lienet::ref
