#include <algorithm>

#include "engine/dispatch.h"
#include "layers/conv2d.h"

namespace lienet::ref {
namespace {

// Calls f(index of y, index of x, index of w) for every product of the convolution, y outermost.
template <class F>
void for_each_product(const Shape& x, const Shape& w, const Shape& y, const Conv2dOptions& o, F f) {
  const int64_t inputs = w[1], outputs = y[1] / o.groups;
  for (int64_t n = 0; n < y[0]; ++n)
    for (int64_t k = 0; k < y[1]; ++k)
      for (int64_t i = 0; i < y[2]; ++i)
        for (int64_t j = 0; j < y[3]; ++j)
          for (int64_t c = 0; c < inputs; ++c)
            for (int64_t p = 0; p < w[2]; ++p)
              for (int64_t q = 0; q < w[3]; ++q) {
                const int64_t h = i * o.stride - o.padding + p * o.dilation;
                const int64_t v = j * o.stride - o.padding + q * o.dilation;
                if (h < 0 || h >= x[2] || v < 0 || v >= x[3]) continue;
                const int64_t channel = k / outputs * inputs + c;
                f(((n * y[1] + k) * y[2] + i) * y[3] + j,
                  ((n * x[1] + channel) * x[2] + h) * x[3] + v,
                  ((k * inputs + c) * w[2] + p) * w[3] + q);
              }
}

}  // namespace

void conv2d(Context&, const Tensor& x, const Tensor& w, const Tensor& b,
            const Conv2dOptions& options, Tensor& y) {
  for_floating(x.dtype(), [&]<class T>(T) {
    T* py = y.data<T>();
    const T *px = x.data<T>(), *pw = w.data<T>();
    const int64_t map = y.dim(2) * y.dim(3);
    for (int64_t i = 0; i < y.size(); ++i) py[i] = b ? b.data<T>()[i / map % y.dim(1)] : T(0);
    for_each_product(x.shape(), w.shape(), y.shape(), options,
                     [=](int64_t iy, int64_t ix, int64_t iw) { py[iy] += px[ix] * pw[iw]; });
  });
}

void conv2d_backward_data(Context&, const Tensor& w, const Tensor& dy, const Conv2dOptions& options,
                          Tensor& dx) {
  for_floating(dx.dtype(), [&]<class T>(T) {
    T* pdx = dx.data<T>();
    const T *pw = w.data<T>(), *pdy = dy.data<T>();
    std::fill_n(pdx, dx.size(), T(0));
    for_each_product(dx.shape(), w.shape(), dy.shape(), options,
                     [=](int64_t iy, int64_t ix, int64_t iw) { pdx[ix] += pdy[iy] * pw[iw]; });
  });
}

void conv2d_backward_weights(Context&, const Tensor& x, const Tensor& dy,
                             const Conv2dOptions& options, Tensor& dw) {
  for_floating(dw.dtype(), [&]<class T>(T) {
    T* pdw = dw.data<T>();
    const T *px = x.data<T>(), *pdy = dy.data<T>();
    std::fill_n(pdw, dw.size(), T(0));
    for_each_product(x.shape(), dw.shape(), dy.shape(), options,
                     [=](int64_t iy, int64_t ix, int64_t iw) { pdw[iw] += pdy[iy] * px[ix]; });
  });
}

void conv2d_backward_bias(Context&, const Tensor& dy, Tensor& db) {
  for_floating(db.dtype(), [&]<class T>(T) {
    const int64_t map = dy.dim(2) * dy.dim(3);
    std::fill_n(db.data<T>(), db.size(), T(0));
    for (int64_t i = 0; i < dy.size(); ++i) db.data<T>()[i / map % db.size()] += dy.data<T>()[i];
  });
}

}  // namespace lienet::ref
