#include "layers/sigmoid_cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "engine/dispatch.h"

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

// As softmax_cross_entropy: one loop, in double, serves every host backend.
Tensor sigmoid_cross_entropy(Context& ctx, const Tensor& x, const Tensor& target,
                             SigmoidCrossEntropySaved* saved) {
  if (x.shape().rank() != 2 || x.size() == 0)
    fail("sigmoid_cross_entropy: x {}; expected [N, K]", x.str());
  if (target.dtype() != x.dtype() || target.shape() != x.shape())
    fail("sigmoid_cross_entropy: target {} for x {}; expected the same", target.str(), x.str());
  Tensor loss = ctx.empty({1}, x.dtype());
  if (saved) saved->dx = ctx.empty_like(x);
  for_floating(x.dtype(), [&]<class T>(T) {
    check_target<T>(x, target);
    const double share = 1 / static_cast<double>(x.size());
    double total = 0;
    for (int64_t i = 0; i < x.size(); ++i) {
      const double v = double(x.data<T>()[i]), t = double(target.data<T>()[i]);
      const bool counts = t >= 0;
      const double small = std::exp(-std::fabs(v));  // 0 < small <= 1
      if (counts) total += std::max(v, 0.0) - v * t + std::log1p(small);
      if (!saved) continue;
      const double p = v >= 0 ? 1 / (1 + small) : small / (1 + small);
      saved->dx.data<T>()[i] = static_cast<T>(counts ? (p - t) * share : 0);
    }
    *loss.data<T>() = static_cast<T>(total * share);
  });
  return loss;
}

void sigmoid_cross_entropy_backward(Context& ctx, const SigmoidCrossEntropySaved& s,
                                    const Tensor& dloss, std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor dx = ctx.empty_like(s.dx);
  for_floating(dx.dtype(), [&]<class T>(T) {
    const T scale = *dloss.data<T>();
    for (int64_t i = 0; i < dx.size(); ++i) dx.data<T>()[i] = scale * s.dx.data<T>()[i];
  });
  d[0].give(ctx, std::move(dx));
}

Value sigmoid_cross_entropy(Tape& tape, const Value& x, const Tensor& target) {
  SigmoidCrossEntropySaved saved;
  Tensor loss = sigmoid_cross_entropy(tape.context(), x.tensor(), target,
                                      tape.records({&x}) ? &saved : nullptr);
  return tape.record("sigmoid_cross_entropy", {&x}, std::move(loss), std::move(saved),
                     sigmoid_cross_entropy_backward);
}

}  // namespace lienet
