#include "optim/sgd.h"

#include <utility>

#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"
#include "engine/dispatch.h"

namespace lienet {
namespace {

struct Rule {
  double lr, momentum, decay;
  bool nesterov;
};

template <class T>
[[gnu::always_inline]] inline void update(const Rule& rule, int64_t n, const T* gradient,
                                          T* velocity, T* weight) {
  const T lr = static_cast<T>(rule.lr), momentum = static_cast<T>(rule.momentum);
  const T decay = static_cast<T>(rule.decay);
  for (int64_t i = 0; i < n; ++i) {
    const T d = gradient[i] + decay * weight[i];
    velocity[i] = momentum * velocity[i] + d;
    weight[i] -= lr * (rule.nesterov ? d + momentum * velocity[i] : velocity[i]);
  }
}

LIENET_CLONES void update_range(const Rule& rule, int64_t n, const float* gradient, float* velocity,
                                float* weight) {
  update(rule, n, gradient, velocity, weight);
}

void update_range(const Rule& rule, int64_t n, const double* gradient, double* velocity,
                  double* weight) {
  update(rule, n, gradient, velocity, weight);
}

}  // namespace

Sgd::Sgd(Context& ctx, Layer& model, const SgdOptions& options)
    : Optimizer(options.lr), options_(options) {
  if (!(options.momentum >= 0 && options.momentum < 1))
    fail("SGD: momentum {}; expected 0 <= momentum < 1", options.momentum);
  if (!(options.weight_decay >= 0))
    fail("SGD: weight decay {}; expected 0 or more", options.weight_decay);
  if (options.nesterov && options.momentum == 0) fail("SGD: Nesterov needs a momentum above 0");
  model.visit_parameters([&](const std::string& path, Parameter& p) {
    slots_.push_back({path, &p, ctx.zeros(p.value.shape(), p.value.dtype())});
  });
}

void Sgd::step() {
  for (Slot& s : slots_) {
    Parameter& p = *s.parameter;
    if (!p.gradient) continue;
    const double decay = options_.decay_all || p.decay ? options_.weight_decay : 0;
    const Rule rule{learning_rate(), options_.momentum, decay, options_.nesterov};
    for_floating(p.value.dtype(), [&]<class T>(T) {
      const T* gradient = std::as_const(p.gradient).data<T>();
      T *velocity = s.velocity.data<T>(), *weight = p.value.data<T>();
      cpu::for_each_range(p.value.size(), [=](int64_t i, int64_t end) {
        update_range(rule, end - i, gradient + i, velocity + i, weight + i);
      });
    });
  }
}

std::vector<NamedTensor> Sgd::state() const {
  std::vector<NamedTensor> result;
  for (const Slot& s : slots_) result.push_back({"momentum." + s.path, s.velocity});
  return result;
}

}  // namespace lienet
