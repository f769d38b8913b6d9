#include <utility>

#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"
#include "engine/dispatch.h"
#include "optim/sgd.h"

namespace lienet::host {
namespace {

struct Rule {
  double lr, momentum, decay;
  bool nesterov;
};

template <class T>
LIENET_CLONES void update(const Rule& rule, int64_t n, const T* gradient, T* velocity, T* weight) {
  const T lr = static_cast<T>(rule.lr), momentum = static_cast<T>(rule.momentum);
  const T decay = static_cast<T>(rule.decay);
  for (int64_t i = 0; i < n; ++i) {
    const T d = gradient[i] + decay * weight[i];
    velocity[i] = momentum * velocity[i] + d;
    weight[i] -= lr * (rule.nesterov ? d + momentum * velocity[i] : velocity[i]);
  }
}

}  // namespace

void sgd(Context&, const SgdOptions& options, const Tensor& rate, const Tensor& skip,
         std::span<const SgdPart> parts) {
  if (skip && *skip.data<int64_t>() != 0) return;
  for (const SgdPart& part : parts) {
    const Rule rule{*rate.data<double>(), options.momentum, part.decay, options.nesterov};
    Tensor velocity = part.velocity, weight = part.weight;
    for_floating(weight.dtype(), [&]<class T>(T) {
      const T* g = part.gradient.data<T>();
      T *v = velocity.data<T>(), *w = weight.data<T>();
      cpu::for_each_range(weight.size(), [=](int64_t i, int64_t end) {
        update(rule, end - i, g + i, v + i, w + i);
      });
    });
  }
}

}  // namespace lienet::host
