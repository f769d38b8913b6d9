#include <atomic>
#include <cmath>

#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"
#include "engine/dispatch.h"
#include "optim/grad_scaler.h"

namespace lienet::host {
namespace {

// Returns how many are not finite.
template <class T>
LIENET_CLONES int64_t multiply(const T* from, T factor, int64_t n, T* to) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) {
    count += !std::isfinite(from[i]);
    to[i] = from[i] * factor;
  }
  return count;
}

}  // namespace

void unscale(Context&, const Tensor& scale, std::span<const Tensor> gradients, std::span<Tensor> to,
             Tensor& found) {
  const float inverse = 1 / *scale.data<float>();
  std::atomic<int64_t> count = 0;
  for (size_t i = 0; i < gradients.size(); ++i)
    for_floating(gradients[i].dtype(), [&]<class T>(T) {
      const T* from = gradients[i].data<T>();
      T* out = to[i].data<T>();
      cpu::for_each_range(to[i].size(), [&](int64_t k, int64_t end) {
        count += multiply(from + k, static_cast<T>(inverse), end - k, out + k);
      });
    });
  *found.data<int64_t>() = count;
}

void update_scale(Context&, const GradScalerOptions& options, const Tensor& skipped, Tensor& scale,
                  Tensor& good_steps) {
  float& s = *scale.data<float>();
  int64_t& good = *good_steps.data<int64_t>();
  const bool bad = *skipped.data<int64_t>() != 0;
  good = bad ? 0 : good + 1;
  if (bad) s *= static_cast<float>(options.backoff);
  if (good < options.interval) return;
  s *= static_cast<float>(options.growth);
  good = 0;
}

}  // namespace lienet::host
