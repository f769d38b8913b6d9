#include "analysis/flux.h"

#include <cmath>

#include "analysis/band.h"
#include "analysis/on_host.h"

namespace lienet {
namespace {

struct Sums {
  double all = 0, kept = 0;
};

}  // namespace

Flux gradient_flux(Context& ctx, const Tensor& gradient, const LogFilter& filter,
                   const Tensor& mask) {
  if (gradient.shape().rank() != 4)
    fail("flux: {} has no map; expected [N, C, H, W]", gradient.str());
  const int64_t N = gradient.dim(0), C = gradient.dim(1), u = gradient.dim(2), v = gradient.dim(3);
  const int64_t n = u * v, K = mask ? mask.dim(1) : 1;
  if (mask && (K < 1 || C % K != 0 || mask.shape() != Shape{N, K, u, v}))
    fail("flux: mask {} for a gradient {}", mask.str(), gradient.str());
  if (mask && (mask.dtype() != DType::u8 || !mask.on_host()))
    fail("flux: mask {}; expected u8, in the host's memory", mask.str());
  const Tensor host = to_host(ctx, gradient);
  const Tensor g = convert(ctx, host, sum_type(host.dtype()), Layout::plain);
  const std::vector<BandTerm> terms = bands_of(filter, u, v);
  const uint8_t* kept = mask ? mask.data<uint8_t>() : nullptr;
  std::vector<Sums> sums(static_cast<size_t>(N));
  for_floating(g.dtype(), [&]<class T>(T) {
    const T* values = g.data<T>();
#pragma omp parallel for schedule(static) num_threads(ctx.threads())
    for (int64_t s = 0; s < N; ++s) {
      Sums& sum = sums[static_cast<size_t>(s)];
      std::vector<double> response(static_cast<size_t>(n)), scratch;
      for (int64_t c = 0; c < C; ++c) {
        const T* from = values + (s * C + c) * n;
        const std::vector<double> map(from, from + n);
        std::fill(response.begin(), response.end(), 0.0);
        for (const BandTerm& t : terms)
          add_product(t.rows, map.data(), t.columns, scratch, response.data());
        const uint8_t* keep = kept ? kept + (s * K + c / (C / K)) * n : nullptr;
        for (size_t i = 0; i < response.size(); ++i) {
          const double flux = std::abs(response[i]);
          sum.all += flux;
          if (keep && keep[i]) sum.kept += flux;
        }
      }
    }
  });
  Sums all;
  for (const Sums& s : sums) {
    all.all += s.all;
    all.kept += s.kept;
  }
  Flux flux{.mean = all.all / static_cast<double>(g.size())};
  if (mask && all.all > 0) flux.kept = all.kept / all.all;
  return flux;
}

}  // namespace lienet
