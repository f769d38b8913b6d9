#include "optim/adamw.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

AdamW::AdamW(Context& ctx, Layer& model, const AdamWOptions& options)
    : Optimizer(ctx, options.lr),
      options_(options),
      rate_(ctx.empty({1}, DType::f64)),
      steps_(ctx.zeros({}, DType::i64)) {
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

void AdamW::step(const Tensor& skip) {
  ctx_.each_step([this] { store(ctx_, rate_, {learning_rate()}); });
  std::vector<AdamWPart> parts;
  for (const Slot& s : slots_) {
    const Parameter& p = *s.parameter;
    const double decay = options_.decay_all || p.decay ? options_.weight_decay : 0;
    if (p.gradient) parts.push_back({p.gradient, s.m, s.v, p.value, decay});
  }
  LIENET_HOST_OR_CUDA(ctx_, adamw)(ctx_, options_, rate_, skip, steps_, parts);
}

std::vector<NamedTensor> AdamW::state() const {
  std::vector<NamedTensor> result;
  for (const Slot& s : slots_) result.push_back({"exp_avg." + s.path, s.m});
  for (const Slot& s : slots_) result.push_back({"exp_avg_sq." + s.path, s.v});
  result.push_back({"step", steps_});
  return result;
}

}  // namespace lienet
