#include <vector>

#include "engine/dispatch.h"
#include "layers/add_relu.h"
#include "layers/conv2d.h"
#include "layers/relu.h"

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

// A tensor's elements as sums of products, in double whatever its type: the oracle rounds once.
template <class T>
class Sums {
 public:
  explicit Sums(Tensor& target) : target_(target), sums_(static_cast<size_t>(target.size())) {}
  void add(int64_t i, T a, T b) { sums_[static_cast<size_t>(i)] += double(a) * double(b); }
  void store() {
    for (size_t i = 0; i < sums_.size(); ++i) target_.data<T>()[i] = static_cast<T>(sums_[i]);
  }

 private:
  Tensor& target_;
  std::vector<double> sums_;
};

}  // namespace

void conv2d(Context&, const Tensor& x, const Tensor& w, const Tensor& b,
            const Conv2dOptions& options, Tensor& y) {
  for_floating(x.dtype(), [&]<class T>(T) {
    const T *px = x.data<T>(), *pw = w.data<T>();
    const int64_t map = y.dim(2) * y.dim(3);
    Sums<T> sums(y);
    for_each_product(x.shape(), w.shape(), y.shape(), options,
                     [&](int64_t iy, int64_t ix, int64_t iw) { sums.add(iy, px[ix], pw[iw]); });
    if (b)
      for (int64_t i = 0; i < y.size(); ++i) sums.add(i, b.data<T>()[i / map % y.dim(1)], T(1));
    sums.store();
  });
}

void conv2d_fused(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b,
                  const Conv2dOptions& options, const Tensor& residual, bool relu, Tensor& y) {
  conv2d(ctx, x, w, b, options, y);
  if (residual)
    add_relu(ctx, y, residual, y);
  else if (relu)
    ref::relu(ctx, y, y);
}

void conv2d_backward_data(Context&, const Tensor& w, const Tensor& dy, const Conv2dOptions& options,
                          Tensor& dx) {
  for_floating(dx.dtype(), [&]<class T>(T) {
    const T *pw = w.data<T>(), *pdy = dy.data<T>();
    Sums<T> sums(dx);
    for_each_product(dx.shape(), w.shape(), dy.shape(), options,
                     [&](int64_t iy, int64_t ix, int64_t iw) { sums.add(ix, pdy[iy], pw[iw]); });
    sums.store();
  });
}

void conv2d_backward_weights(Context&, const Tensor& x, const Tensor& dy,
                             const Conv2dOptions& options, Tensor& dw) {
  for_floating(dw.dtype(), [&]<class T>(T) {
    const T *px = x.data<T>(), *pdy = dy.data<T>();
    Sums<T> sums(dw);
    for_each_product(x.shape(), dw.shape(), dy.shape(), options,
                     [&](int64_t iy, int64_t ix, int64_t iw) { sums.add(iw, pdy[iy], px[ix]); });
    sums.store();
  });
}

void conv2d_backward_bias(Context&, const Tensor& dy, Tensor& db) {
  for_floating(db.dtype(), [&]<class T>(T) {
    const int64_t map = dy.dim(2) * dy.dim(3);
    Sums<T> sums(db);
    for (int64_t i = 0; i < dy.size(); ++i) sums.add(i / map % db.size(), dy.data<T>()[i], T(1));
    sums.store();
  });
}

}  // namespace lienet::ref
