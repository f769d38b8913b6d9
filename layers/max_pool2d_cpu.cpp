#include "layers/max_pool2d.h"

namespace lienet::cpu {

// A plane is the map of one sample and one block of channels, `lanes` values side by side.
void max_pool2d(Context&, const Tensor& x, const Pool2dOptions& o, Tensor& y, Tensor& winners) {
  const int64_t H = x.dim(2), W = x.dim(3), h_out = y.dim(2), w_out = y.dim(3);
  const int64_t lanes = channel_block(x.layout()), planes = x.dim(0) * x.dim(1) / lanes;
  const float* px = x.data<float>();
  float* py = y.data<float>();
  int64_t* pw = winners.data<int64_t>();
#pragma omp parallel for collapse(2) schedule(static)
  for (int64_t m = 0; m < planes; ++m)
    for (int64_t i = 0; i < h_out; ++i) {
      const float* map = px + m * H * W * lanes;
      const PoolWindow rows = pool_window(i, H, o);
      for (int64_t j = 0; j < w_out; ++j) {
        float* best = py + ((m * h_out + i) * w_out + j) * lanes;
        int64_t* place = pw + ((m * h_out + i) * w_out + j) * lanes;
        bool first = true;
        const PoolWindow columns = pool_window(j, W, o);
        for (int64_t h = rows.begin; h < rows.end; ++h)
          for (int64_t w = columns.begin; w < columns.end; ++w) {
            const float* here = map + (h * W + w) * lanes;
            for (int64_t l = 0; l < lanes; ++l)
              if (first || here[l] > best[l]) {
                best[l] = here[l];
                place[l] = h * W + w;
              }
            first = false;
          }
      }
    }
}

void max_pool2d_backward(Context&, const Tensor& winners, const Tensor& dy, Tensor& dx) {
  const int64_t from = dy.dim(2) * dy.dim(3), to = dx.dim(2) * dx.dim(3);
  const int64_t lanes = channel_block(dx.layout()), planes = dx.dim(0) * dx.dim(1) / lanes;
  const float* pdy = dy.data<float>();
  const int64_t* pw = winners.data<int64_t>();
  float* pdx = dx.data<float>();
#pragma omp parallel for schedule(static)
  for (int64_t m = 0; m < planes; ++m)
    for (int64_t i = 0; i < from; ++i)
      for (int64_t l = 0; l < lanes; ++l) {
        const int64_t at = (m * from + i) * lanes + l;
        pdx[(m * to + pw[at]) * lanes + l] += pdy[at];
      }
}

}  // namespace lienet::cpu
