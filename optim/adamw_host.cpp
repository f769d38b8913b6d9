#include <cmath>

#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"
#include "engine/dispatch.h"
#include "optim/adamw.h"

namespace lienet::host {
namespace {

// The step's numbers, worked out in double.
struct Rule {
  double keep;  // 1 - lr * weight_decay
  double beta1, beta2;
  double step;          // lr / (1 - beta1^t)
  double inverse_root;  // 1 / sqrt(1 - beta2^t)
  double eps;
};

template <class T>
LIENET_CLONES void update(const Rule& rule, int64_t n, const T* gradient, T* m, T* v, T* weight) {
  const T keep = static_cast<T>(rule.keep), step = static_cast<T>(rule.step);
  const T beta1 = static_cast<T>(rule.beta1), beta2 = static_cast<T>(rule.beta2);
  const T rest1 = static_cast<T>(1 - rule.beta1), rest2 = static_cast<T>(1 - rule.beta2);
  const T inverse_root = static_cast<T>(rule.inverse_root), eps = static_cast<T>(rule.eps);
  for (int64_t i = 0; i < n; ++i) {
    const T g = gradient[i];
    m[i] = beta1 * m[i] + rest1 * g;
    v[i] = beta2 * v[i] + rest2 * g * g;
    weight[i] = keep * weight[i] - step * m[i] / (std::sqrt(v[i]) * inverse_root + eps);
  }
}

}  // namespace

void adamw(Context&, const AdamWOptions& options, const Tensor& rate, const Tensor& skip,
           Tensor& steps, std::span<const AdamWPart> parts) {
  if (skip && *skip.data<int64_t>() != 0) return;
  const auto t = static_cast<double>(++*steps.data<int64_t>());
  const double lr = *rate.data<double>();
  for (const AdamWPart& part : parts) {
    const Rule rule{.keep = 1 - lr * part.decay,
                    .beta1 = options.beta1,
                    .beta2 = options.beta2,
                    .step = lr / (1 - std::pow(options.beta1, t)),
                    .inverse_root = 1 / std::sqrt(1 - std::pow(options.beta2, t)),
                    .eps = options.eps};
    Tensor m = part.m, v = part.v, weight = part.weight;
    for_floating(weight.dtype(), [&]<class T>(T) {
      const T* g = part.gradient.data<T>();
      T *first = m.data<T>(), *second = v.data<T>(), *w = weight.data<T>();
      cpu::for_each_range(weight.size(), [=](int64_t i, int64_t end) {
        update(rule, end - i, g + i, first + i, second + i, w + i);
      });
    });
  }
}

}  // namespace lienet::host
