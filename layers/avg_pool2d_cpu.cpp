#include "engine/cpu/lanes.h"
#include "layers/avg_pool2d.h"

namespace lienet::cpu {

// A plane is the map of one sample and one block of channels, `lanes` values side by side.
void avg_pool2d(Context&, const Tensor& x, const AvgPool2dOptions& o, Tensor& y) {
  const int64_t H = x.dim(2), W = x.dim(3), h_out = y.dim(2), w_out = y.dim(3);
  const int64_t lanes = lanes_in(x), planes = x.dim(0) * x.dim(1) / lanes;
  for_elements(x.dtype(), [&]<class T>(T) {
    const T* px = x.data<T>();
    T* py = y.data<T>();
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t m = 0; m < planes; ++m)
      for (int64_t i = 0; i < h_out; ++i) {
        const PoolWindow rows = pool_window(i, H, o.window);
        for (int64_t j = 0; j < w_out; ++j) {
          const PoolWindow columns = pool_window(j, W, o.window);
          float sum[16] = {};
          for (int64_t h = rows.begin; h < rows.end; ++h)
            for (int64_t w = columns.begin; w < columns.end; ++w) {
              const T* here = px + ((m * H + h) * W + w) * lanes;
              for (int64_t l = 0; l < lanes; ++l) sum[l] += float(here[l]);
            }
          const float share = 1 / static_cast<float>(o.divisor(rows, columns));
          T* mean = py + ((m * h_out + i) * w_out + j) * lanes;
          for (int64_t l = 0; l < lanes; ++l) mean[l] = T(sum[l] * share);
        }
      }
  });
}

void avg_pool2d_backward(Context&, const AvgPool2dOptions& o, const Tensor& dy, Tensor& dx) {
  const int64_t H = dx.dim(2), W = dx.dim(3), h_out = dy.dim(2), w_out = dy.dim(3);
  const int64_t lanes = lanes_in(dx), planes = dx.dim(0) * dx.dim(1) / lanes;
  float* pdx = dx.data<float>();
  for_elements(dy.dtype(), [&]<class T>(T) {
    const T* pdy = dy.data<T>();
#pragma omp parallel for schedule(static)
    for (int64_t m = 0; m < planes; ++m)
      for (int64_t i = 0; i < h_out; ++i) {
        const PoolWindow rows = pool_window(i, H, o.window);
        for (int64_t j = 0; j < w_out; ++j) {
          const PoolWindow columns = pool_window(j, W, o.window);
          const float share = 1 / static_cast<float>(o.divisor(rows, columns));
          const T* from = pdy + ((m * h_out + i) * w_out + j) * lanes;
          for (int64_t h = rows.begin; h < rows.end; ++h)
            for (int64_t w = columns.begin; w < columns.end; ++w) {
              float* to = pdx + ((m * H + h) * W + w) * lanes;
              for (int64_t l = 0; l < lanes; ++l) to[l] += share * float(from[l]);
            }
        }
      }
  });
}

}  // namespace lienet::cpu
