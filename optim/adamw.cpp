#include "optim/adamw.h"

#include <cmath>

#include "engine/dispatch.h"

namespace lienet {
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
void update(const Rule& rule, int64_t n, const T* gradient, T* m, T* v, T* weight) {
  const T keep = static_cast<T>(rule.keep), step = static_cast<T>(rule.step);
  const T beta1 = static_cast<T>(rule.beta1), beta2 = static_cast<T>(rule.beta2);
  const T rest1 = static_cast<T>(1 - rule.beta1), rest2 = static_cast<T>(1 - rule.beta2);
  const T inverse_root = static_cast<T>(rule.inverse_root), eps = static_cast<T>(rule.eps);
#pragma omp parallel for simd schedule(static)
  for (int64_t i = 0; i < n; ++i) {
    const T g = gradient[i];
    m[i] = beta1 * m[i] + rest1 * g;
    v[i] = beta2 * v[i] + rest2 * g * g;
    weight[i] = keep * weight[i] - step * m[i] / (std::sqrt(v[i]) * inverse_root + eps);
  }
}

}  // namespace

AdamW::AdamW(Context& ctx, Layer& model, const AdamWOptions& options)
    : Optimizer(options.lr), options_(options), steps_(ctx.zeros({}, DType::i64)) {
  for (const double beta : {options.beta1, options.beta2})
    if (!(beta >= 0 && beta < 1)) fail("AdamW: beta {}; expected 0 <= beta < 1", beta);
  if (!(options.eps >= 0)) fail("AdamW: eps {}; expected 0 or more", options.eps);
  if (!(options.weight_decay >= 0))
    fail("AdamW: weight decay {}; expected 0 or more", options.weight_decay);
  model.visit_parameters([&](const std::string& path, Parameter& p) {
    const Shape& shape = p.value.shape();
    const DType dtype = p.value.dtype();
    slots_.push_back({path, &p, ctx.zeros(shape, dtype), ctx.zeros(shape, dtype)});
  });
}

void AdamW::step() {
  const auto t = static_cast<double>(++*steps_.data<int64_t>());
  const double correction1 = 1 - std::pow(options_.beta1, t);
  const double correction2 = 1 - std::pow(options_.beta2, t);
  for (Slot& s : slots_) {
    Parameter& p = *s.parameter;
    if (!p.gradient) continue;
    const double decay = options_.decay_all || p.decay ? options_.weight_decay : 0;
    const Rule rule{.keep = 1 - learning_rate() * decay,
                    .beta1 = options_.beta1,
                    .beta2 = options_.beta2,
                    .step = learning_rate() / correction1,
                    .inverse_root = 1 / std::sqrt(correction2),
                    .eps = options_.eps};
    for_floating(p.value.dtype(), [&]<class T>(T) {
      const Tensor& gradient = p.gradient;
      update(rule, p.value.size(), gradient.data<T>(), s.m.data<T>(), s.v.data<T>(),
             p.value.data<T>());
    });
  }
}

std::vector<NamedTensor> AdamW::state() const {
  std::vector<NamedTensor> result;
  for (const Slot& s : slots_) result.push_back({"exp_avg." + s.path, s.m});
  for (const Slot& s : slots_) result.push_back({"exp_avg_sq." + s.path, s.v});
  result.push_back({"step", steps_});
  return result;
}

}  // namespace lienet
