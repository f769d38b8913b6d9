// [C] values are few: what is done to them is done in double, one after the other.
#include <cmath>

#include "engine/dispatch.h"
#include "layers/batch_norm2d.h"

namespace lienet::host {

void batch_norm2d_scale(Context&, const Tensor& var, double eps, Tensor& r) {
  for_floating(var.dtype(), [&]<class T>(T) {
    for (int64_t c = 0; c < var.size(); ++c)
      r.data<T>()[c] = static_cast<T>(1 / std::sqrt(double(var.data<T>()[c]) + eps));
  });
}

void batch_norm2d_take(Context& ctx, const Tensor& mean, const Tensor& var, double n,
                       BatchNormState& state, Tensor& r) {
  const double m = state.momentum;
  for_floating(mean.dtype(), [&]<class T>(T) {
    for (int64_t c = 0; c < mean.size(); ++c) {
      T& rm = state.running_mean.data<T>()[c];
      T& rv = state.running_var.data<T>()[c];
      rm = static_cast<T>((1 - m) * rm + m * mean.data<T>()[c]);
      rv = static_cast<T>((1 - m) * rv + m * var.data<T>()[c] * n / (n - 1));
    }
  });
  batch_norm2d_scale(ctx, var, state.eps, r);
}

}  // namespace lienet::host
