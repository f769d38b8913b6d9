#include "engine/dispatch.h"
#include "layers/global_avg_pool.h"

namespace lienet::host {
namespace {

// Calls f(index into [N,C], first element of its map, step between the map's elements). One loop
// serves every host: the work is one read of the map.
template <class F>
void for_each_map(const Shape& x, Layout layout, F f) {
  const int64_t C = x[1], n = x[2] * x[3], block = channel_block(layout, C);
#pragma omp parallel for schedule(static)
  for (int64_t m = 0; m < x[0] * C; ++m) {
    const int64_t c = m % C;
    f(m, (m - c + c / block * block) * n + c % block, block);
  }
}

}  // namespace

void global_avg_pool(Context&, const Tensor& x, Tensor& y) {
  const int64_t n = x.dim(2) * x.dim(3);
  for_activations(x.dtype(), [&]<class T, class Sum>(T, Sum) {
    const T* px = x.data<T>();
    Sum* py = y.data<Sum>();
    for_each_map(x.shape(), x.layout(), [=](int64_t m, int64_t begin, int64_t step) {
      double sum = 0;
      for (int64_t i = 0; i < n; ++i) sum += double(px[begin + i * step]);
      py[m] = static_cast<Sum>(sum / static_cast<double>(n));
    });
  });
}

void global_avg_pool_backward(Context&, const Tensor& dy, Tensor& dx) {
  const int64_t n = dx.dim(2) * dx.dim(3);
  for_activations(dx.dtype(), [&]<class T, class Sum>(T, Sum) {
    const Sum* pdy = dy.data<Sum>();
    T* pdx = dx.data<T>();
    for_each_map(dx.shape(), dx.layout(), [=](int64_t m, int64_t begin, int64_t step) {
      const T part = T(pdy[m] / static_cast<Sum>(n));
      for (int64_t i = 0; i < n; ++i) pdx[begin + i * step] = part;
    });
  });
}

}  // namespace lienet::host
