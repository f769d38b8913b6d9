#include "optim/sgd.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

Sgd::Sgd(Context& ctx, Layer& model, const SgdOptions& options)
    : Optimizer(ctx, options.lr), options_(options), rate_(ctx.empty({1}, DType::f64)) {
  if (!(options.momentum >= 0 && options.momentum < 1))
    fail("SGD: momentum {}; expected 0 <= momentum < 1", options.momentum);
  if (!(options.weight_decay >= 0))
    fail("SGD: weight decay {}; expected 0 or more", options.weight_decay);
  if (options.nesterov && options.momentum == 0) fail("SGD: Nesterov needs a momentum above 0");
  model.visit_parameters([&](const std::string& path, Parameter& p) {
    slots_.push_back({path, &p, ctx.zeros(p.value.shape(), p.value.dtype())});
  });
}

void Sgd::step(const Tensor& skip) {
  ctx_.each_step([this] { store(ctx_, rate_, {learning_rate()}); });
  std::vector<SgdPart> parts;
  for (const Slot& s : slots_) {
    const Parameter& p = *s.parameter;
    const double decay = options_.decay_all || p.decay ? options_.weight_decay : 0;
    if (p.gradient) parts.push_back({p.gradient, s.velocity, p.value, decay});
  }
  LIENET_HOST_OR_CUDA(ctx_, sgd)(ctx_, options_, rate_, skip, parts);
}

std::vector<NamedTensor> Sgd::state() const {
  std::vector<NamedTensor> result;
  for (const Slot& s : slots_) result.push_back({"momentum." + s.path, s.velocity});
  return result;
}

}  // namespace lienet
