#include "engine/cuda/device.h"
#include "engine/cuda/kernel.h"
#include "optim/grad_scaler.h"

namespace lienet::cuda {
namespace {

struct Unscale {
  const float *scale, *gradient;
  float* to;
  unsigned long long* found;
  __device__ void operator()(int64_t i) const {
    const float g = gradient[i];
    if (!isfinite(g)) atomicAdd(found, 1ull);
    to[i] = g * (1.0f / *scale);
  }
};

__global__ void next_scale(float growth, float backoff, int64_t interval, const int64_t* skipped,
                           float* scale, int64_t* good_steps) {
  const bool bad = *skipped != 0;
  const int64_t good = bad ? 0 : *good_steps + 1;
  const bool grows = good >= interval;
  *scale *= bad ? backoff : grows ? growth : 1.0f;
  *good_steps = grows ? 0 : good;
}

}  // namespace

void unscale(Context& ctx, const Tensor& scale, std::span<const Tensor> gradients,
             std::span<Tensor> to, Tensor& found) {
  clear(ctx.stream(), found.raw(), found.bytes());
  auto* count = static_cast<unsigned long long*>(found.raw());
  for (size_t i = 0; i < gradients.size(); ++i)
    for_each(ctx, to[i].size(),
             Unscale{elements<float>(scale), elements<float>(gradients[i]), elements<float>(to[i]),
                     count});
}

void update_scale(Context& ctx, const GradScalerOptions& o, const Tensor& skipped, Tensor& scale,
                  Tensor& good_steps) {
  launch(ctx, next_scale, 1, 1, 0, static_cast<float>(o.growth), static_cast<float>(o.backoff),
         o.interval, elements<int64_t>(skipped), elements<float>(scale),
         elements<int64_t>(good_steps));
}

}  // namespace lienet::cuda
