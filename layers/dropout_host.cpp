#include "engine/dispatch.h"
#include "layers/dropout.h"

namespace lienet::host {

void dropout_scale(Context& ctx, double p, uint32_t stream, Tensor& scale) {
  const Random random(ctx.random_key(RandomUse::dropout, stream));
  for_floating(scale.dtype(), [&]<class T>(T) {
    T* s = scale.data<T>();
    const int64_t n = scale.size();
    const T kept = static_cast<T>(1 / (1 - p));
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; ++i)
      s[i] = random.at(static_cast<uint64_t>(i)) * 0x1p-32 < p ? T(0) : kept;
  });
}

void multiply(Context&, const Tensor& a, const Tensor& b, Tensor& out) {
  for_activations(b.dtype(), [&]<class T, class Sum>(T, Sum) {
    const Sum* pa = a.data<Sum>();
    const T* pb = b.data<T>();
    T* po = out.data<T>();
    const int64_t n = a.size();
#pragma omp parallel for simd schedule(static)
    for (int64_t i = 0; i < n; ++i) po[i] = T(pa[i] * Sum(pb[i]));
  });
}

}  // namespace lienet::host
