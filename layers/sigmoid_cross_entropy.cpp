#include "layers/sigmoid_cross_entropy.h"

#include <cmath>

#include "engine/dispatch.h"
#include "engine/transfer.h"
#include "layers/logits.h"

namespace lienet {
namespace {

template <class T>
void check_target(const Tensor& x, const Tensor& target) {
  const int64_t K = x.dim(1);
  for (int64_t i = 0; i < target.size(); ++i)
    if (const double t = double(target.data<T>()[i]); t != -1 && !(t >= 0 && t <= 1))
      fail("sigmoid_cross_entropy: target {} of sample {}, class {}; expected 0 to 1, or -1", t,
           i / K, i % K);
}

}  // namespace

// [N,K] is little beside what comes before it: one loop on the host, in double, serves every
// device.
Tensor sigmoid_cross_entropy(Context& ctx, const Tensor& x, const Tensor& target,
                             SigmoidCrossEntropySaved* saved) {
  if (x.shape().rank() != 2 || x.size() == 0)
    fail("sigmoid_cross_entropy: x {}; expected [N, K]", x.str());
  if (target.dtype() != x.dtype() || target.shape() != x.shape())
    fail("sigmoid_cross_entropy: target {} for x {}; expected the same", target.str(), x.str());
  const Tensor values = to_host(ctx, x), targets = to_host(ctx, target);
  Tensor loss = ctx.empty_on_host({1}, x.dtype()), dx;
  if (saved) dx = ctx.empty_on_host(x.shape(), x.dtype());
  for_floating(x.dtype(), [&]<class T>(T) {
    check_target<T>(x, targets);
    const double share = 1 / static_cast<double>(x.size());
    double total = 0;
    for (int64_t i = 0; i < x.size(); ++i) {
      const double v = double(values.data<T>()[i]), t = double(targets.data<T>()[i]);
      const bool counts = t >= 0;
      if (counts) total += binary_cross_entropy(v, t);
      if (!saved) continue;
      const double small = std::exp(-std::fabs(v));  // 0 < small <= 1
      const double p = v >= 0 ? 1 / (1 + small) : small / (1 + small);
      dx.data<T>()[i] = static_cast<T>(counts ? (p - t) * share : 0);
    }
    *loss.data<T>() = static_cast<T>(total * share);
  });
  if (saved) saved->dx = to_device(ctx, dx);
  return to_device(ctx, loss);
}

void sigmoid_cross_entropy_backward(Context& ctx, const SigmoidCrossEntropySaved& s,
                                    const Tensor& dloss, std::span<GradSlot> d) {
  scale_gradient(ctx, s.dx, dloss, d);
}

Value sigmoid_cross_entropy(Tape& tape, const Value& x, const Tensor& target) {
  SigmoidCrossEntropySaved saved;
  Tensor loss = sigmoid_cross_entropy(tape.context(), x.tensor(), target,
                                      tape.records({&x}) ? &saved : nullptr);
  return tape.record("sigmoid_cross_entropy", {&x}, std::move(loss), std::move(saved),
                     sigmoid_cross_entropy_backward);
}

}  // namespace lienet
