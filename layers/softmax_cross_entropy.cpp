#include "layers/softmax_cross_entropy.h"

#include "engine/dispatch.h"

namespace lienet {
namespace {

void check_target(const Tensor& x, const Tensor& target, double smoothing) {
  if (x.shape().rank() != 2) fail("softmax_cross_entropy: x {}; expected [N, K]", x.str());
  const bool labels = target.dtype() == DType::i64 && target.shape() == Shape{x.dim(0)};
  const bool soft = target.dtype() == x.dtype() && target.shape() == x.shape();
  if (!labels && !soft)
    fail("softmax_cross_entropy: target {} for x {}; expected i64 [N] or {} [N, K]", target.str(),
         x.str(), name_of(x.dtype()));
  if (!(smoothing >= 0 && smoothing < 1))
    fail("softmax_cross_entropy: label smoothing {}; expected 0 <= s < 1", smoothing);
  if (!labels || !target.on_host()) return;
  for (int64_t n = 0; n < x.dim(0); ++n)
    if (const int64_t label = target.data<int64_t>()[n]; label < 0 || label >= x.dim(1))
      fail("softmax_cross_entropy: label {} of sample {}; expected 0 to {}", label, n,
           x.dim(1) - 1);
}

}  // namespace

Tensor softmax_cross_entropy(Context& ctx, const Tensor& x, const Tensor& target, double smoothing,
                             SoftmaxCrossEntropySaved* saved) {
  check_target(x, target, smoothing);
  Tensor loss = ctx.empty({1}, x.dtype());
  if (saved) saved->dx = ctx.empty_like(x);
  LIENET_HOST_OR_CUDA(ctx, softmax_cross_entropy)
  (ctx, x, target, smoothing, loss, saved ? &saved->dx : nullptr);
  return loss;
}

void softmax_cross_entropy_backward(Context& ctx, const SoftmaxCrossEntropySaved& s,
                                    const Tensor& dloss, std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor dx = ctx.empty_like(s.dx);
  LIENET_HOST_OR_CUDA(ctx, scale_by)(ctx, s.dx, dloss, dx);
  d[0].give(ctx, std::move(dx));
}

Tensor count_correct(Context& ctx, const Tensor& x, const Tensor& labels) {
  Tensor count = ctx.empty({1}, DType::i64);
  LIENET_HOST_OR_CUDA(ctx, count_correct)(ctx, x, labels, count);
  return count;
}

Value softmax_cross_entropy(Tape& tape, const Value& x, const Tensor& target, double smoothing) {
  SoftmaxCrossEntropySaved saved;
  Tensor loss = softmax_cross_entropy(tape.context(), x.tensor(), target, smoothing,
                                      tape.records({&x}) ? &saved : nullptr);
  return tape.record("softmax_cross_entropy", {&x}, std::move(loss), std::move(saved),
                     softmax_cross_entropy_backward);
}

}  // namespace lienet
