#include "layers/softmax_cross_entropy.h"

#include "engine/dispatch.h"
#include "layers/logits.h"

namespace lienet {
namespace {

void check_logits(const char* op, const Tensor& x) {
  if (x.shape().rank() != 2 || x.size() == 0) fail("{}: x {}; expected [N, K]", op, x.str());
}

bool are_labels(const Tensor& x, const Tensor& target) {
  return target.dtype() == DType::i64 && target.shape() == Shape{x.dim(0)};
}

void check_range(const char* op, const Tensor& x, const Tensor& labels) {
  if (!labels.on_host()) return;
  for (int64_t n = 0; n < x.dim(0); ++n)
    if (const int64_t label = labels.data<int64_t>()[n]; label < 0 || label >= x.dim(1))
      fail("{}: label {} of sample {}; expected 0 to {}", op, label, n, x.dim(1) - 1);
}

void check_target(const Tensor& x, const Tensor& target, double smoothing) {
  constexpr const char* op = "softmax_cross_entropy";
  check_logits(op, x);
  const bool labels = are_labels(x, target);
  const bool soft = target.dtype() == x.dtype() && target.shape() == x.shape();
  if (!labels && !soft)
    fail("{}: target {} for x {}; expected i64 [N] or {} [N, K]", op, target.str(), x.str(),
         name_of(x.dtype()));
  if (!(smoothing >= 0 && smoothing < 1))
    fail("{}: label smoothing {}; expected 0 <= s < 1", op, smoothing);
  if (labels) check_range(op, x, target);
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

void scale_gradient(Context& ctx, const Tensor& dx, const Tensor& dloss, std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor scaled = ctx.empty_like(dx);
  LIENET_HOST_OR_CUDA(ctx, scale_by)(ctx, dx, dloss, scaled);
  d[0].give(ctx, std::move(scaled));
}

void softmax_cross_entropy_backward(Context& ctx, const SoftmaxCrossEntropySaved& s,
                                    const Tensor& dloss, std::span<GradSlot> d) {
  scale_gradient(ctx, s.dx, dloss, d);
}

Tensor count_correct(Context& ctx, const Tensor& x, const Tensor& labels) {
  constexpr const char* op = "count_correct";
  check_logits(op, x);
  if (!are_labels(x, labels))
    fail("{}: labels {} for x {}; expected i64 [N]", op, labels.str(), x.str());
  check_range(op, x, labels);
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
