// What has no kernel on the device yet.
#include "engine/check.h"
#include "optim/adamw.h"
#include "optim/clip.h"
#include "optim/ema.h"
#include "optim/sgd.h"

namespace lienet::cuda {

void sgd(Context&, const SgdOptions&, const Tensor&, const Tensor&, std::span<const SgdPart>) {
  fail("device cuda: sgd has no kernel");
}
void adamw(Context&, const AdamWOptions&, const Tensor&, const Tensor&,
           std::span<const AdamWPart>) {
  fail("device cuda: adamw has no kernel");
}
void ema_update(Context&, const Tensor&, std::span<const EmaPart>) {
  fail("device cuda: ema_update has no kernel");
}
void ema_exchange(Context&, std::span<const EmaPart>) {
  fail("device cuda: ema_exchange has no kernel");
}
void gradient_norm(Context&, std::span<const Tensor>, Tensor&) {
  fail("device cuda: gradient_norm has no kernel");
}
void clip_gradients(Context&, const Tensor&, double, std::span<const Tensor>, std::span<Tensor>) {
  fail("device cuda: clip_gradients has no kernel");
}

}  // namespace lienet::cuda
