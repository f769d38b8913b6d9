#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"
#include "engine/dispatch.h"
#include "optim/clip.h"

namespace lienet::host {
namespace {

// Each chunk is summed in order, then the chunks' sums are: however threads share them out.
template <class T>
double sum_of_squares(const T* p, int64_t n) {
  constexpr int64_t chunk = 1 << 14;
  std::vector<double> sums(static_cast<size_t>((n + chunk - 1) / chunk));
#pragma omp parallel for schedule(static)
  for (size_t k = 0; k < sums.size(); ++k) {
    const int64_t begin = static_cast<int64_t>(k) * chunk, end = std::min(begin + chunk, n);
    double sum = 0;
    for (int64_t i = begin; i < end; ++i) sum += double(p[i]) * double(p[i]);
    sums[k] = sum;
  }
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

template <class T>
LIENET_CLONES void multiply(const T* from, T factor, int64_t n, T* to) {
  for (int64_t i = 0; i < n; ++i) to[i] = factor * from[i];
}

}  // namespace

void gradient_norm(Context&, std::span<const Tensor> gradients, Tensor& norm) {
  double sum = 0;
  for (const Tensor& g : gradients)
    for_floating(g.dtype(), [&]<class T>(T) { sum += sum_of_squares(g.data<T>(), g.size()); });
  *norm.data<double>() = std::sqrt(sum);
}

void clip_gradients(Context&, const Tensor& norm, double max_norm,
                    std::span<const Tensor> gradients, std::span<Tensor> to) {
  const double n = *norm.data<double>(), factor = max_norm / (n + 1e-6);
  const bool clip = std::isfinite(n) && factor < 1;
  for (size_t i = 0; i < gradients.size(); ++i) {
    const Tensor& g = gradients[i];
    if (!clip && to[i].shares_storage(g)) continue;
    for_floating(g.dtype(), [&]<class T>(T) {
      const T share = clip ? static_cast<T>(factor) : T(1);
      const T* from = g.data<T>();
      T* out = to[i].data<T>();
      cpu::for_each_range(
          g.size(), [=](int64_t k, int64_t end) { multiply(from + k, share, end - k, out + k); });
    });
  }
}

}  // namespace lienet::host
