#include "optim/sgd.h"

#include "engine/dispatch.h"

namespace lienet {
namespace {

struct Rule {
  double lr, momentum, decay;
  bool nesterov;
};

template <class T>
void update(const Rule& rule, int64_t n, const T* gradient, T* velocity, T* weight) {
  const T lr = static_cast<T>(rule.lr), momentum = static_cast<T>(rule.momentum);
  const T decay = static_cast<T>(rule.decay);
#pragma omp parallel for simd schedule(static)
  for (int64_t i = 0; i < n; ++i) {
    const T d = gradient[i] + decay * weight[i];
    velocity[i] = momentum * velocity[i] + d;
    weight[i] -= lr * (rule.nesterov ? d + momentum * velocity[i] : velocity[i]);
  }
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
      const Tensor& gradient = p.gradient;
      update(rule, p.value.size(), gradient.data<T>(), s.velocity.data<T>(), p.value.data<T>());
    });
  }
}

std::vector<NamedTensor> Sgd::state() const {
  std::vector<NamedTensor> result;
  for (const Slot& s : slots_) result.push_back({"momentum." + s.path, s.velocity});
  return result;
}

}  // namespace lienet
