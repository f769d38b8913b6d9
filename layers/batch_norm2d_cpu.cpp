// A tile is the map of one sample and one block of channels. Every pass runs over tiles in parallel
// and reads memory once; per-tile results are combined in the samples' order, in double, so that
// they do not depend on the number of threads.
#include <algorithm>
#include <vector>

#include "engine/cpu/isa.h"
#include "layers/batch_norm2d.h"

namespace lienet::cpu {
namespace {

// f(first element, first channel, sample) of each tile.
template <class F>
void for_each_tile(const Tensor& x, F f) {
  const int64_t N = x.dim(0), C = x.dim(1), n = x.dim(2) * x.dim(3);
  const int64_t lanes = channel_block(x.layout());
#pragma omp parallel for collapse(2) schedule(static)
  for (int64_t s = 0; s < N; ++s)
    for (int64_t c = 0; c < C; c += lanes) f((s * C + c) * n, c, s);
}

// Loops over one tile, with 1, 8 or 16 lanes known at compile time; each channel's values:
struct Affine {  // x -> (x - center) * scale + shift
  const float *center, *scale, *shift;
};

template <int lanes>
[[gnu::always_inline]] inline void statistics(const float* x, int64_t n, float* mean,
                                              float* squares) {
  // Around the tile's first values, which are near enough to its mean to spare the digits.
  float pivot[lanes], sum[lanes] = {}, square[lanes] = {};
  for (int l = 0; l < lanes; ++l) pivot[l] = x[l];
  for (int64_t i = 0; i < n; ++i)
    for (int l = 0; l < lanes; ++l) {
      const float d = x[i * lanes + l] - pivot[l];
      sum[l] += d;
      square[l] += d * d;
    }
  const float count = static_cast<float>(n);
  for (int l = 0; l < lanes; ++l) {
    mean[l] = pivot[l] + sum[l] / count;
    squares[l] = square[l] - sum[l] * (sum[l] / count);
  }
}

template <int lanes, bool relu>
[[gnu::always_inline]] inline void normalise(const float* x, int64_t n, const Affine& a, float* y) {
  float center[lanes], scale[lanes], shift[lanes];
  for (int l = 0; l < lanes; ++l)
    center[l] = a.center[l], scale[l] = a.scale[l], shift[l] = a.shift[l];
  for (int64_t i = 0; i < n; ++i)
    for (int l = 0; l < lanes; ++l) {
      const float v = (x[i * lanes + l] - center[l]) * scale[l] + shift[l];
      y[i * lanes + l] = relu && !(v > 0) ? 0 : v;
    }
}

// sum dy, and sum dy * (x - mean); with ReLU dy counts only where y > 0, which x tells again.
template <int lanes, bool relu>
[[gnu::always_inline]] inline void sums(const float* x, const float* dy, int64_t n, const Affine& a,
                                        float* sum_out, float* product_out) {
  float center[lanes], scale[lanes], shift[lanes], sum[lanes] = {}, product[lanes] = {};
  for (int l = 0; l < lanes; ++l)
    center[l] = a.center[l], scale[l] = a.scale[l], shift[l] = a.shift[l];
  for (int64_t i = 0; i < n; ++i)
    for (int l = 0; l < lanes; ++l) {
      const float d = x[i * lanes + l] - center[l], all = dy[i * lanes + l];
      const float g = relu && !(d * scale[l] + shift[l] > 0) ? 0 : all;
      sum[l] += g;
      product[l] += g * d;
    }
  for (int l = 0; l < lanes; ++l) sum_out[l] = sum[l], product_out[l] = product[l];
}

struct Slope {  // dx = scale * (dy - offset - (x - center) * slope)
  const float *offset, *slope;
};

template <int lanes, bool relu>
[[gnu::always_inline]] inline void gradient(const float* x, const float* dy, int64_t n,
                                            const Affine& a, const Slope& s, float* dx) {
  float center[lanes], scale[lanes], shift[lanes], offset[lanes], slope[lanes];
  for (int l = 0; l < lanes; ++l) {
    center[l] = a.center[l], scale[l] = a.scale[l], shift[l] = a.shift[l];
    offset[l] = s.offset[l], slope[l] = s.slope[l];
  }
  for (int64_t i = 0; i < n; ++i)
    for (int l = 0; l < lanes; ++l) {
      const float d = x[i * lanes + l] - center[l], all = dy[i * lanes + l];
      const float g = relu && !(d * scale[l] + shift[l] > 0) ? 0 : all;
      dx[i * lanes + l] = scale[l] * (g - offset[l] - d * slope[l]);
    }
}

LIENET_CLONES void tile_statistics(int64_t lanes, const float* x, int64_t n, float* mean,
                                   float* squares) {
  if (lanes == 16) return statistics<16>(x, n, mean, squares);
  if (lanes == 8) return statistics<8>(x, n, mean, squares);
  statistics<1>(x, n, mean, squares);
}

LIENET_CLONES void tile_normalise(int64_t lanes, bool relu, const float* x, int64_t n,
                                  const Affine& a, float* y) {
  if (lanes == 16) return relu ? normalise<16, true>(x, n, a, y) : normalise<16, false>(x, n, a, y);
  if (lanes == 8) return relu ? normalise<8, true>(x, n, a, y) : normalise<8, false>(x, n, a, y);
  relu ? normalise<1, true>(x, n, a, y) : normalise<1, false>(x, n, a, y);
}

LIENET_CLONES void tile_sums(int64_t lanes, bool relu, const float* x, const float* dy, int64_t n,
                             const Affine& a, float* s, float* p) {
  if (lanes == 16)
    return relu ? sums<16, true>(x, dy, n, a, s, p) : sums<16, false>(x, dy, n, a, s, p);
  if (lanes == 8)
    return relu ? sums<8, true>(x, dy, n, a, s, p) : sums<8, false>(x, dy, n, a, s, p);
  relu ? sums<1, true>(x, dy, n, a, s, p) : sums<1, false>(x, dy, n, a, s, p);
}

LIENET_CLONES void tile_gradient(int64_t lanes, bool relu, const float* x, const float* dy,
                                 int64_t n, const Affine& a, const Slope& s, float* dx) {
  if (lanes == 16)
    return relu ? gradient<16, true>(x, dy, n, a, s, dx) : gradient<16, false>(x, dy, n, a, s, dx);
  if (lanes == 8)
    return relu ? gradient<8, true>(x, dy, n, a, s, dx) : gradient<8, false>(x, dy, n, a, s, dx);
  relu ? gradient<1, true>(x, dy, n, a, s, dx) : gradient<1, false>(x, dy, n, a, s, dx);
}

// g * r of each channel.
std::vector<float> scales(const Tensor& g, const Tensor& r) {
  std::vector<float> scale(static_cast<size_t>(g.size()));
  for (int64_t c = 0; c < g.size(); ++c)
    scale[static_cast<size_t>(c)] = g.data<float>()[c] * r.data<float>()[c];
  return scale;
}

struct PerTile {  // two values for each sample and channel
  std::vector<float> a, b;
  explicit PerTile(const Tensor& x)
      : a(static_cast<size_t>(x.dim(0) * x.dim(1))), b(static_cast<size_t>(x.dim(0) * x.dim(1))) {}
};

}  // namespace

void batch_norm2d_statistics(Context&, const Tensor& x, Tensor& mean, Tensor& var) {
  const int64_t N = x.dim(0), C = x.dim(1), n = x.dim(2) * x.dim(3);
  const int64_t lanes = channel_block(x.layout());
  const float* px = x.data<float>();
  PerTile tiles(x);  // mean, and squares around it
  for_each_tile(x, [&](int64_t begin, int64_t c, int64_t s) {
    tile_statistics(lanes, px + begin, n, tiles.a.data() + s * C + c, tiles.b.data() + s * C + c);
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
    var.data<float>()[c] = static_cast<float>(std::max(squares, 0.0) / static_cast<double>(N * n));
  }
}

void batch_norm2d(Context&, const Tensor& x, const Tensor& g, const Tensor& b, const Tensor& mean,
                  const Tensor& r, bool relu, Tensor& y) {
  const int64_t n = x.dim(2) * x.dim(3), lanes = channel_block(x.layout());
  const float *px = x.data<float>(), *pm = mean.data<float>(), *pb = b.data<float>();
  const std::vector<float> scale = scales(g, r);
  float* py = y.data<float>();
  for_each_tile(x, [&](int64_t begin, int64_t c, int64_t) {
    tile_normalise(lanes, relu, px + begin, n, {pm + c, scale.data() + c, pb + c}, py + begin);
  });
}

void batch_norm2d_sums(Context&, const BatchNormSaved& saved, const Tensor& dy, Tensor& dg,
                       Tensor& db) {
  const int64_t N = dy.dim(0), C = dy.dim(1), n = dy.dim(2) * dy.dim(3);
  const int64_t lanes = channel_block(dy.layout());
  const float *px = saved.x.data<float>(), *pdy = dy.data<float>();
  const float *pm = saved.mean.data<float>(), *pb = saved.b.data<float>();
  const std::vector<float> scale = scales(saved.g, saved.r);
  PerTile tiles(dy);
  for_each_tile(dy, [&](int64_t begin, int64_t c, int64_t s) {
    tile_sums(lanes, saved.relu, px + begin, pdy + begin, n, {pm + c, scale.data() + c, pb + c},
              tiles.a.data() + s * C + c, tiles.b.data() + s * C + c);
  });
  for (int64_t c = 0; c < C; ++c) {
    double sum = 0, product = 0;
    for (int64_t s = 0; s < N; ++s) {
      sum += double(tiles.a[static_cast<size_t>(s * C + c)]);
      product += double(tiles.b[static_cast<size_t>(s * C + c)]);
    }
    dg.data<float>()[c] = static_cast<float>(product * double(saved.r.data<float>()[c]));
    db.data<float>()[c] = static_cast<float>(sum);
  }
}

void batch_norm2d_backward(Context&, const BatchNormSaved& saved, const Tensor& dy,
                           const Tensor& dg, const Tensor& db, Tensor& dx) {
  const int64_t C = dy.dim(1), n = dy.dim(2) * dy.dim(3), lanes = channel_block(dy.layout());
  const float count = static_cast<float>(dy.size() / C);
  const float *px = saved.x.data<float>(), *pdy = dy.data<float>();
  const float *pm = saved.mean.data<float>(), *pb = saved.b.data<float>();
  const std::vector<float> scale = scales(saved.g, saved.r);
  std::vector<float> offset(scale.size()), slope(scale.size());
  for (int64_t c = 0; saved.training && c < C; ++c) {
    offset[static_cast<size_t>(c)] = db.data<float>()[c] / count;
    slope[static_cast<size_t>(c)] = saved.r.data<float>()[c] * dg.data<float>()[c] / count;
  }
  float* pdx = dx.data<float>();
  for_each_tile(dy, [&](int64_t begin, int64_t c, int64_t) {
    tile_gradient(lanes, saved.relu, px + begin, pdy + begin, n, {pm + c, scale.data() + c, pb + c},
                  {offset.data() + c, slope.data() + c}, pdx + begin);
  });
}

}  // namespace lienet::cpu
