#include "optim/clip.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/dispatch.h"

namespace lienet {
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
void multiply(const T* from, T factor, int64_t n, T* to) {
#pragma omp parallel for simd schedule(static)
  for (int64_t i = 0; i < n; ++i) to[i] = factor * from[i];
}

}  // namespace

double clip_gradient_norm(Context& ctx, Layer& model, double max_norm) {
  if (!(max_norm > 0)) fail("gradient clipping: norm {}; expected above 0", max_norm);
  const std::vector<Parameter*> parameters = model.parameters();
  double sum = 0;
  for (const Parameter* p : parameters)
    if (const Tensor& g = p->gradient)
      for_floating(g.dtype(), [&]<class T>(T) { sum += sum_of_squares(g.data<T>(), g.size()); });
  const double norm = std::sqrt(sum), factor = max_norm / (norm + 1e-6);
  if (!std::isfinite(norm) || factor >= 1) return norm;
  for (Parameter* p : parameters)
    if (Tensor& g = p->gradient) {
      Tensor clipped = g.unique() ? g : ctx.empty_like(g);
      for_floating(g.dtype(), [&]<class T>(T) {
        multiply(std::as_const(g).data<T>(), static_cast<T>(factor), g.size(), clipped.data<T>());
      });
      g = std::move(clipped);
    }
  return norm;
}

}  // namespace lienet
