#include "engine/dispatch.h"
#include "layers/batch_norm2d.h"

namespace lienet::ref {
namespace {

// Calls f(c, index) for every element of channel c, channel by channel.
template <class F>
void for_channel(const Tensor& x, int64_t c, F f) {
  const int64_t map = x.dim(2) * x.dim(3);
  for (int64_t n = 0; n < x.dim(0); ++n)
    for (int64_t i = 0; i < map; ++i) f((n * x.dim(1) + c) * map + i);
}

// The gradient before ReLU, where there is one.
template <class T>
T through_relu(const BatchNormSaved& s, int64_t c, T xh, T dy) {
  return s.relu && !(s.g.data<T>()[c] * xh + s.b.data<T>()[c] > 0) ? 0 : dy;
}

}  // namespace

void batch_norm2d_statistics(Context& ctx, const Tensor& x, BatchNormState& state, Tensor& mean,
                             Tensor& r) {
  Tensor var = ctx.empty_like(mean);
  const double n = static_cast<double>(x.size() / x.dim(1));
  for_floating(x.dtype(), [&]<class T>(T) {
    const T* px = x.data<T>();
    for (int64_t c = 0; c < x.dim(1); ++c) {
      double sum = 0, squares = 0;
      for_channel(x, c, [&](int64_t i) { sum += double(px[i]); });
      const double m = sum / n;
      for_channel(x, c, [&](int64_t i) { squares += (double(px[i]) - m) * (double(px[i]) - m); });
      mean.data<T>()[c] = static_cast<T>(m);
      var.data<T>()[c] = static_cast<T>(squares / n);
    }
  });
  host::batch_norm2d_take(ctx, mean, var, n, state, r);
}

void batch_norm2d(Context&, const Tensor& x, const Tensor& g, const Tensor& b, const Tensor& mean,
                  const Tensor& r, bool relu, Tensor& y) {
  for_floating(x.dtype(), [&]<class T>(T) {
    for (int64_t c = 0; c < x.dim(1); ++c)
      for_channel(x, c, [&](int64_t i) {
        const T xh = (x.data<T>()[i] - mean.data<T>()[c]) * r.data<T>()[c];
        const T v = g.data<T>()[c] * xh + b.data<T>()[c];
        y.data<T>()[i] = relu && v < 0 ? 0 : v;
      });
  });
}

void batch_norm2d_sums(Context&, const BatchNormSaved& s, const Tensor& dy, Tensor& dg,
                       Tensor& db) {
  for_floating(dy.dtype(), [&]<class T>(T) {
    for (int64_t c = 0; c < dy.dim(1); ++c) {
      double sum = 0, product = 0;
      for_channel(dy, c, [&](int64_t i) {
        const T xh = (s.x.data<T>()[i] - s.mean.data<T>()[c]) * s.r.data<T>()[c];
        const T d = through_relu(s, c, xh, dy.data<T>()[i]);
        sum += double(d);
        product += double(d) * double(xh);
      });
      dg.data<T>()[c] = static_cast<T>(product);
      db.data<T>()[c] = static_cast<T>(sum);
    }
  });
}

void batch_norm2d_backward(Context&, const BatchNormSaved& s, const Tensor& dy, const Tensor& dg,
                           const Tensor& db, Tensor& dx) {
  for_floating(dy.dtype(), [&]<class T>(T) {
    const T n = static_cast<T>(dy.size() / dy.dim(1));
    for (int64_t c = 0; c < dy.dim(1); ++c) {
      const T r = s.r.data<T>()[c], gr = s.g.data<T>()[c] * r;
      const T mean_db = s.training ? db.data<T>()[c] / n : 0;
      const T mean_dg = s.training ? dg.data<T>()[c] / n : 0;
      for_channel(dy, c, [&](int64_t i) {
        const T xh = (s.x.data<T>()[i] - s.mean.data<T>()[c]) * r;
        dx.data<T>()[i] = gr * (through_relu(s, c, xh, dy.data<T>()[i]) - mean_db - xh * mean_dg);
      });
    }
  });
}

}  // namespace lienet::ref
