// A tile is the map of one sample and one block of channels. Every pass runs over tiles in parallel
// and reads memory once; per-tile results are combined in the samples' order, in double, so that
// they do not depend on the number of threads.
#include <cmath>
#include <vector>

#include "layers/batch_norm2d.h"

namespace lienet::cpu {
namespace {

// f(lanes, tile's first element, first channel, sample), with lanes 1, 8 or 16 known at compile
// time.
template <int lanes, class F>
void for_each_tile_of(const Tensor& x, F f) {
  const int64_t N = x.dim(0), blocks = x.dim(1) / lanes, n = x.dim(2) * x.dim(3);
#pragma omp parallel for collapse(2) schedule(static)
  for (int64_t s = 0; s < N; ++s)
    for (int64_t k = 0; k < blocks; ++k)
      f(std::integral_constant<int, lanes>(), (s * blocks + k) * n * lanes, k * lanes, s);
}

template <class F>
void for_each_tile(const Tensor& x, F f) {
  switch (channel_block(x.layout())) {
    case 16:
      return for_each_tile_of<16>(x, f);
    case 8:
      return for_each_tile_of<8>(x, f);
    default:
      return for_each_tile_of<1>(x, f);
  }
}

struct PerTile {  // two values for each sample and channel
  std::vector<float> a, b;
  explicit PerTile(const Tensor& x)
      : a(static_cast<size_t>(x.dim(0) * x.dim(1))), b(static_cast<size_t>(x.dim(0) * x.dim(1))) {}
};

}  // namespace

void batch_norm2d_statistics(Context&, const Tensor& x, Tensor& mean, Tensor& var) {
  const int64_t N = x.dim(0), C = x.dim(1), n = x.dim(2) * x.dim(3);
  const float* px = x.data<float>();
  PerTile tiles(x);  // mean, and squares around it: the second look finds the tile in cache
  for_each_tile(
      x, [&]<int lanes>(std::integral_constant<int, lanes>, int64_t begin, int64_t c, int64_t s) {
        const float* tile = px + begin;
        float m[lanes] = {}, squares[lanes] = {};
        for (int64_t i = 0; i < n; ++i)
          for (int l = 0; l < lanes; ++l) m[l] += tile[i * lanes + l];
        for (int l = 0; l < lanes; ++l) m[l] /= static_cast<float>(n);
        for (int64_t i = 0; i < n; ++i)
          for (int l = 0; l < lanes; ++l) {
            const float d = tile[i * lanes + l] - m[l];
            squares[l] += d * d;
          }
        for (int l = 0; l < lanes; ++l) {
          tiles.a[static_cast<size_t>(s * C + c + l)] = m[l];
          tiles.b[static_cast<size_t>(s * C + c + l)] = squares[l];
        }
      });
  // Tiles are of one size, so the mean is the mean of means, and Chan's update sums the squares
  // within tiles and between them.
  for (int64_t c = 0; c < C; ++c) {
    double m = 0, squares = 0;
    for (int64_t s = 0; s < N; ++s) m += double(tiles.a[static_cast<size_t>(s * C + c)]);
    m /= static_cast<double>(N);
    for (int64_t s = 0; s < N; ++s) {
      const double d = double(tiles.a[static_cast<size_t>(s * C + c)]) - m;
      squares += double(tiles.b[static_cast<size_t>(s * C + c)]) + d * d * static_cast<double>(n);
    }
    mean.data<float>()[c] = static_cast<float>(m);
    var.data<float>()[c] = static_cast<float>(squares / static_cast<double>(N * n));
  }
}

void batch_norm2d(Context&, const Tensor& x, const Tensor& g, const Tensor& b, const Tensor& mean,
                  const Tensor& r, Tensor& y) {
  const int64_t n = x.dim(2) * x.dim(3);
  const float *px = x.data<float>(), *pg = g.data<float>(), *pb = b.data<float>();
  const float *pm = mean.data<float>(), *pr = r.data<float>();
  float* py = y.data<float>();
  for_each_tile(
      x, [&]<int lanes>(std::integral_constant<int, lanes>, int64_t begin, int64_t c, int64_t) {
        float scale[lanes], center[lanes], shift[lanes];
        for (int l = 0; l < lanes; ++l) {
          scale[l] = pg[c + l] * pr[c + l];
          center[l] = pm[c + l];
          shift[l] = pb[c + l];
        }
        for (int64_t i = 0; i < n; ++i)
          for (int l = 0; l < lanes; ++l) {
            const int64_t e = begin + i * lanes + l;
            py[e] = (px[e] - center[l]) * scale[l] + shift[l];
          }
      });
}

void batch_norm2d_sums(Context&, const BatchNormSaved& saved, const Tensor& dy, Tensor& dg,
                       Tensor& db) {
  const int64_t N = dy.dim(0), C = dy.dim(1), n = dy.dim(2) * dy.dim(3);
  const float *px = saved.x.data<float>(), *pdy = dy.data<float>();
  const float *pm = saved.mean.data<float>(), *pr = saved.r.data<float>();
  PerTile tiles(dy);  // sum dy, and sum dy * (x - mean)
  for_each_tile(
      dy, [&]<int lanes>(std::integral_constant<int, lanes>, int64_t begin, int64_t c, int64_t s) {
        float sum[lanes] = {}, product[lanes] = {}, center[lanes];
        for (int l = 0; l < lanes; ++l) center[l] = pm[c + l];
        for (int64_t i = 0; i < n; ++i)
          for (int l = 0; l < lanes; ++l) {
            const int64_t e = begin + i * lanes + l;
            sum[l] += pdy[e];
            product[l] += pdy[e] * (px[e] - center[l]);
          }
        for (int l = 0; l < lanes; ++l) {
          tiles.a[static_cast<size_t>(s * C + c + l)] = sum[l];
          tiles.b[static_cast<size_t>(s * C + c + l)] = product[l];
        }
      });
  for (int64_t c = 0; c < C; ++c) {
    double sum = 0, product = 0;
    for (int64_t s = 0; s < N; ++s) {
      sum += double(tiles.a[static_cast<size_t>(s * C + c)]);
      product += double(tiles.b[static_cast<size_t>(s * C + c)]);
    }
    dg.data<float>()[c] = static_cast<float>(product * double(pr[c]));
    db.data<float>()[c] = static_cast<float>(sum);
  }
}

void batch_norm2d_backward(Context&, const BatchNormSaved& saved, const Tensor& dy,
                           const Tensor& dg, const Tensor& db, Tensor& dx) {
  const int64_t n = dy.dim(2) * dy.dim(3);
  const float count = static_cast<float>(dy.size() / dy.dim(1));
  const float *px = saved.x.data<float>(), *pdy = dy.data<float>();
  const float *pm = saved.mean.data<float>(), *pr = saved.r.data<float>(),
              *pg = saved.g.data<float>();
  float* pdx = dx.data<float>();
  for_each_tile(
      dy, [&]<int lanes>(std::integral_constant<int, lanes>, int64_t begin, int64_t c, int64_t) {
        float scale[lanes], center[lanes], offset[lanes], slope[lanes];
        for (int l = 0; l < lanes; ++l) {
          const float r = pr[c + l];
          scale[l] = pg[c + l] * r;
          center[l] = pm[c + l];
          offset[l] = saved.training ? db.data<float>()[c + l] / count : 0.0f;
          slope[l] = saved.training ? r * dg.data<float>()[c + l] / count : 0.0f;
        }
        for (int64_t i = 0; i < n; ++i)
          for (int l = 0; l < lanes; ++l) {
            const int64_t e = begin + i * lanes + l;
            pdx[e] = scale[l] * (pdy[e] - offset[l] - (px[e] - center[l]) * slope[l]);
          }
      });
}

}  // namespace lienet::cpu
