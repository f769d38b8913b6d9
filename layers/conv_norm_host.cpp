#include <cmath>

#include "engine/dispatch.h"
#include "layers/conv_norm.h"

namespace lienet::host {

void conv_norm_fold(Context&, const ConvNorm& from, Tensor& w, Tensor& b) {
  const int64_t channels = w.dim(0), filter = channels ? w.size() / channels : 0;
  for_floating(w.dtype(), [&]<class T>(T) {
    const T *fw = from.w.data<T>(), *g = from.g.data<T>(), *fb = from.b.data<T>();
    const T *mean = from.mean.data<T>(), *var = from.var.data<T>();
    const T* own = from.c ? from.c.data<T>() : nullptr;
    T *to = w.data<T>(), *bias = b.data<T>();
#pragma omp parallel for schedule(static)
    for (int64_t o = 0; o < channels; ++o) {
      const double scale = double(g[o]) / std::sqrt(double(var[o]) + from.eps);
      bias[o] =
          static_cast<T>(double(fb[o]) + ((own ? double(own[o]) : 0) - double(mean[o])) * scale);
      for (int64_t i = o * filter; i < (o + 1) * filter; ++i)
        to[i] = static_cast<T>(double(fw[i]) * scale);
    }
  });
}

}  // namespace lienet::host
