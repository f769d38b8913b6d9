// A tile is the map of one sample and one block of channels. Every pass runs over tiles in parallel
// and reads memory once; per-tile results are combined in the samples' order, in double, so that
// they do not depend on the number of threads.
#include <algorithm>
#include <vector>

#include "engine/cpu/lanes.h"
#include "layers/batch_norm2d.h"

namespace lienet::cpu {
namespace {

// f(first element, first channel, sample) of each tile.
template <class F>
void for_each_tile(const Tensor& x, F f) {
  const int64_t N = x.dim(0), C = x.dim(1), n = x.dim(2) * x.dim(3);
  const int64_t lanes = lanes_in(x);
#pragma omp parallel for collapse(2) schedule(static)
  for (int64_t s = 0; s < N; ++s)
    for (int64_t c = 0; c < C; c += lanes) f((s * C + c) * n, c, s);
}

// Loops over one tile. V is as many floats as the layout has channels side by side: a vector, or
// one float. T is the type of the elements in memory.

// Around the tile's first values, which are near enough to its mean to spare the digits.
template <class V, class T>
[[gnu::always_inline]] inline void statistics(const T* x, int64_t n, float* mean, float* squares) {
  V pivot, d, sum{}, square{};
  load(pivot, x);
  for (int64_t i = 0; i < n; ++i) {
    load(d, x + i * lanes_of<V>);
    d -= pivot;
    sum += d;
    square += d * d;
  }
  const V part = sum / static_cast<float>(n);
  store<V>(pivot + part, mean);
  store<V>(square - sum * part, squares);
}

struct Affine {  // x -> (x - center) * scale + shift, of the channels from here on
  const float *center, *scale, *shift;
};

template <class V, bool relu, class T>
[[gnu::always_inline]] inline void normalise(const T* x, int64_t n, const Affine& a, T* y) {
  V center, scale, shift, v;
  load(center, a.center), load(scale, a.scale), load(shift, a.shift);
  for (int64_t i = 0; i < n; ++i) {
    load(v, x + i * lanes_of<V>);
    v = (v - center) * scale + shift;
    store<V>(relu ? (v < V{} ? V{} : v) : v, y + i * lanes_of<V>);
  }
}

// sum dy, and sum dy * (x - center); with ReLU dy counts only where y > 0, which x tells again.
template <class V, bool relu, class T>
[[gnu::always_inline]] inline void sums(const T* x, const T* dy, int64_t n, const Affine& a,
                                        float* sum_out, float* product_out) {
  V center, scale, shift, d, all, sum{}, product{};
  load(center, a.center), load(scale, a.scale), load(shift, a.shift);
  for (int64_t i = 0; i < n; ++i) {
    load(d, x + i * lanes_of<V>), load(all, dy + i * lanes_of<V>);
    d -= center;
    const V g = relu ? (d * scale + shift > V{} ? all : V{}) : all;
    sum += g;
    product += g * d;
  }
  store(sum, sum_out);
  store(product, product_out);
}

struct Slope {  // dx = scale * (dy - offset - (x - center) * slope)
  const float *offset, *slope;
};

template <class V, bool relu, class T>
[[gnu::always_inline]] inline void gradient(const T* x, const T* dy, int64_t n, const Affine& a,
                                            const Slope& s, T* dx) {
  V center, scale, shift, offset, slope, d, all;
  load(center, a.center), load(scale, a.scale), load(shift, a.shift);
  load(offset, s.offset), load(slope, s.slope);
  for (int64_t i = 0; i < n; ++i) {
    load(d, x + i * lanes_of<V>), load(all, dy + i * lanes_of<V>);
    d -= center;
    const V g = relu ? (d * scale + shift > V{} ? all : V{}) : all;
    store<V>(scale * (g - offset - d * slope), dx + i * lanes_of<V>);
  }
}

template <class T>
LIENET_CLONES void tile_statistics(int64_t lanes, const T* x, int64_t n, float* mean,
                                   float* squares) {
  if (lanes == 16) return statistics<Lanes>(x, n, mean, squares);
  if (lanes == 8) return statistics<EightLanes>(x, n, mean, squares);
  statistics<float>(x, n, mean, squares);
}

template <bool relu, class T>
[[gnu::always_inline]] inline void normalise(int64_t lanes, const T* x, int64_t n, const Affine& a,
                                             T* y) {
  if (lanes == 16) return normalise<Lanes, relu>(x, n, a, y);
  if (lanes == 8) return normalise<EightLanes, relu>(x, n, a, y);
  normalise<float, relu>(x, n, a, y);
}

template <class T>
LIENET_CLONES void tile_normalise(int64_t lanes, bool relu, const T* x, int64_t n, const Affine& a,
                                  T* y) {
  relu ? normalise<true>(lanes, x, n, a, y) : normalise<false>(lanes, x, n, a, y);
}

template <bool relu, class T>
[[gnu::always_inline]] inline void sums(int64_t lanes, const T* x, const T* dy, int64_t n,
                                        const Affine& a, float* sum, float* product) {
  if (lanes == 16) return sums<Lanes, relu>(x, dy, n, a, sum, product);
  if (lanes == 8) return sums<EightLanes, relu>(x, dy, n, a, sum, product);
  sums<float, relu>(x, dy, n, a, sum, product);
}

template <class T>
LIENET_CLONES void tile_sums(int64_t lanes, bool relu, const T* x, const T* dy, int64_t n,
                             const Affine& a, float* sum, float* product) {
  relu ? sums<true>(lanes, x, dy, n, a, sum, product)
       : sums<false>(lanes, x, dy, n, a, sum, product);
}

template <bool relu, class T>
[[gnu::always_inline]] inline void gradient(int64_t lanes, const T* x, const T* dy, int64_t n,
                                            const Affine& a, const Slope& s, T* dx) {
  if (lanes == 16) return gradient<Lanes, relu>(x, dy, n, a, s, dx);
  if (lanes == 8) return gradient<EightLanes, relu>(x, dy, n, a, s, dx);
  gradient<float, relu>(x, dy, n, a, s, dx);
}

template <class T>
LIENET_CLONES void tile_gradient(int64_t lanes, bool relu, const T* x, const T* dy, int64_t n,
                                 const Affine& a, const Slope& s, T* dx) {
  relu ? gradient<true>(lanes, x, dy, n, a, s, dx) : gradient<false>(lanes, x, dy, n, a, s, dx);
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

// [N,C] -> [C]
std::vector<double> sum_of_samples(const std::vector<float>& values, int64_t N, int64_t C) {
  std::vector<double> sum(static_cast<size_t>(C));
  for (int64_t s = 0; s < N; ++s)
    for (size_t c = 0; c < sum.size(); ++c)
      sum[c] += double(values[static_cast<size_t>(s) * sum.size() + c]);
  return sum;
}

}  // namespace

void batch_norm2d_statistics(Context& ctx, const Tensor& x, BatchNormState& state, Tensor& mean,
                             Tensor& r) {
  const int64_t N = x.dim(0), C = x.dim(1), n = x.dim(2) * x.dim(3);
  const int64_t lanes = lanes_in(x);
  PerTile tiles(x);  // mean, and squares around it
  for_elements(x.dtype(), [&]<class T>(T) {
    const T* px = x.data<T>();
    for_each_tile(x, [&](int64_t begin, int64_t c, int64_t s) {
      tile_statistics(lanes, px + begin, n, tiles.a.data() + s * C + c, tiles.b.data() + s * C + c);
    });
  });
  // Tiles are of one size, so the mean is the mean of means, and Chan's update sums the squares
  // within tiles and between them.
  std::vector<double> m = sum_of_samples(tiles.a, N, C), squares = sum_of_samples(tiles.b, N, C);
  for (double& v : m) v /= static_cast<double>(N);
  for (int64_t s = 0; s < N; ++s)
    for (size_t c = 0; c < m.size(); ++c) {
      const double d = double(tiles.a[static_cast<size_t>(s) * m.size() + c]) - m[c];
      squares[c] += d * d * static_cast<double>(n);
    }
  Tensor var = ctx.empty_like(mean);
  for (size_t c = 0; c < m.size(); ++c) {
    mean.data<float>()[c] = static_cast<float>(m[c]);
    var.data<float>()[c] =
        static_cast<float>(std::max(squares[c], 0.0) / static_cast<double>(N * n));
  }
  host::batch_norm2d_take(ctx, mean, var, static_cast<double>(N * n), state, r);
}

void batch_norm2d(Context&, const Tensor& x, const Tensor& g, const Tensor& b, const Tensor& mean,
                  const Tensor& r, bool relu, Tensor& y) {
  const int64_t n = x.dim(2) * x.dim(3), lanes = lanes_in(x);
  const float *pm = mean.data<float>(), *pb = b.data<float>();
  const std::vector<float> scale = scales(g, r);
  for_elements(x.dtype(), [&]<class T>(T) {
    const T* px = x.data<T>();
    T* py = y.data<T>();
    for_each_tile(x, [&](int64_t begin, int64_t c, int64_t) {
      tile_normalise(lanes, relu, px + begin, n, {pm + c, scale.data() + c, pb + c}, py + begin);
    });
  });
}

void batch_norm2d_sums(Context&, const BatchNormSaved& saved, const Tensor& dy, Tensor& dg,
                       Tensor& db) {
  const int64_t N = dy.dim(0), C = dy.dim(1), n = dy.dim(2) * dy.dim(3);
  const int64_t lanes = lanes_in(dy);
  const float *pm = saved.mean.data<float>(), *pb = saved.b.data<float>();
  const std::vector<float> scale = scales(saved.g, saved.r);
  PerTile tiles(dy);
  for_elements(dy.dtype(), [&]<class T>(T) {
    const T *px = saved.x.data<T>(), *pdy = dy.data<T>();
    for_each_tile(dy, [&](int64_t begin, int64_t c, int64_t s) {
      tile_sums(lanes, saved.relu, px + begin, pdy + begin, n, {pm + c, scale.data() + c, pb + c},
                tiles.a.data() + s * C + c, tiles.b.data() + s * C + c);
    });
  });
  const std::vector<double> sum = sum_of_samples(tiles.a, N, C);
  const std::vector<double> product = sum_of_samples(tiles.b, N, C);
  for (size_t c = 0; c < sum.size(); ++c) {
    dg.data<float>()[c] = static_cast<float>(product[c] * double(saved.r.data<float>()[c]));
    db.data<float>()[c] = static_cast<float>(sum[c]);
  }
}

void batch_norm2d_backward(Context&, const BatchNormSaved& saved, const Tensor& dy,
                           const Tensor& dg, const Tensor& db, Tensor& dx) {
  const int64_t C = dy.dim(1), n = dy.dim(2) * dy.dim(3), lanes = lanes_in(dy);
  const float count = static_cast<float>(dy.dim(0) * n);
  const float *pm = saved.mean.data<float>(), *pb = saved.b.data<float>();
  const std::vector<float> scale = scales(saved.g, saved.r);
  std::vector<float> offset(scale.size()), slope(scale.size());
  for (int64_t c = 0; saved.training && c < C; ++c) {
    offset[static_cast<size_t>(c)] = db.data<float>()[c] / count;
    slope[static_cast<size_t>(c)] = saved.r.data<float>()[c] * dg.data<float>()[c] / count;
  }
  for_elements(dy.dtype(), [&]<class T>(T) {
    const T *px = saved.x.data<T>(), *pdy = dy.data<T>();
    T* pdx = dx.data<T>();
    for_each_tile(dy, [&](int64_t begin, int64_t c, int64_t) {
      tile_gradient(lanes, saved.relu, px + begin, pdy + begin, n,
                    {pm + c, scale.data() + c, pb + c}, {offset.data() + c, slope.data() + c},
                    pdx + begin);
    });
  });
}

}  // namespace lienet::cpu
