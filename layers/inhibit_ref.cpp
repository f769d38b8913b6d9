#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/dispatch.h"
#include "layers/inhibit.h"
#include "layers/inhibit_filter.h"

namespace lienet::ref {
namespace {

// D = l2 norm over the channels of one set.
template <class T>
void norms(const T* g, int64_t channels, int64_t n, T* d) {
  for (int64_t i = 0; i < n; ++i) {
    double sum = 0;
    for (int64_t c = 0; c < channels; ++c) sum += double(g[c * n + i]) * double(g[c * n + i]);
    d[i] = static_cast<T>(std::sqrt(sum));
  }
}

// delta = taps * D, tap by tap over the padded map.
template <class T>
void filter_map(const std::vector<double>& taps, int size, FilterPadding padding, int64_t u,
                int64_t v, const T* d, T* delta) {
  for (int64_t i = 0; i < u; ++i)
    for (int64_t j = 0; j < v; ++j) {
      double sum = 0;
      for (int y = 0; y < size; ++y) {
        const int64_t row = padded_index(i + y - size / 2, u, padding);
        if (row < 0) continue;
        for (int x = 0; x < size; ++x) {
          const int64_t column = padded_index(j + x - size / 2, v, padding);
          if (column >= 0)
            sum += taps[static_cast<size_t>(y * size + x)] * double(d[row * v + column]);
        }
      }
      delta[i * v + j] = static_cast<T>(sum);
    }
}

// The rate-quantile of |delta|, linear between order statistics; NaN is the largest value.
template <class T>
T quantile(const T* delta, int64_t n, double rate) {
  std::vector<T> sorted(static_cast<size_t>(n));
  std::transform(delta, delta + n, sorted.begin(), [](T x) { return std::abs(x); });
  std::sort(sorted.begin(), sorted.end(),
            [](T a, T b) { return a < b || (std::isnan(b) && !std::isnan(a)); });
  const double at = rate * static_cast<double>(n - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return static_cast<T>(sorted[below] + (at - double(below)) * (sorted[above] - sorted[below]));
}

}  // namespace

void inhibit(Context& ctx, const Inhibition& inhibition, const GradientParts& parts, Tensor& masked,
             MaskRecord* record) {
  const Tensor& gradient = parts.a;
  const int64_t N = gradient.dim(0), C = gradient.dim(1), u = gradient.dim(2), v = gradient.dim(3);
  const int64_t K = inhibition.sets_for(C), n = u * v, channels = C / K;
  const int size = inhibition.filter.size_on(u, v);
  const std::vector<double> taps = filter_taps(inhibition.filter, size);
  const Shape maps{N, K, u, v};
  MaskRecord own;
  MaskRecord& r = record ? *record : own;
  r = {ctx.empty(maps, gradient.dtype()), ctx.empty(maps, gradient.dtype()),
       ctx.empty({N, K}, gradient.dtype()), ctx.empty(maps, DType::u8)};
  for_floating(gradient.dtype(), [&]<class T>(T) {
    const T *a = parts.a.data<T>(), *y = parts.rectified ? parts.rectified.data<T>() : nullptr;
    const T* b = parts.b ? parts.b.data<T>() : nullptr;
    for (int64_t i = 0; i < masked.size(); ++i) masked.data<T>()[i] = b ? a[i] + b[i] : a[i];
    for (int64_t m = 0; m < N * K; ++m) {
      T* g = masked.data<T>() + m * channels * n;
      T* d = r.norms.data<T>() + m * n;
      T* delta = r.responses.data<T>() + m * n;
      norms(g, channels, n, d);
      if (inhibition.mode == InhibitionMode::no_lateral)
        std::copy_n(d, n, delta);
      else
        filter_map(taps, size, inhibition.filter.padding, u, v, d, delta);
      const T q = quantile(delta, n, inhibition.rate);
      r.thresholds.data<T>()[m] = q;
      const bool all = inhibition.rate == 0 || n == 1;
      for (int64_t i = 0; i < n; ++i) {
        const bool keep = all || !(std::abs(delta[i]) <= q);
        r.mask.data<uint8_t>()[m * n + i] = keep;
        for (int64_t c = 0; !keep && c < channels; ++c) g[c * n + i] = 0;
      }
    }
    for (int64_t i = 0; y && i < masked.size(); ++i)
      if (!(y[i] > 0)) masked.data<T>()[i] = 0;
  });
}

}  // namespace lienet::ref
