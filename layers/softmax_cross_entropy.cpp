#include "layers/softmax_cross_entropy.h"

#include <algorithm>
#include <cmath>

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
  if (!labels) return;
  for (int64_t n = 0; n < x.dim(0); ++n)
    if (const int64_t label = target.data<int64_t>()[n]; label < 0 || label >= x.dim(1))
      fail("softmax_cross_entropy: label {} of sample {}; expected 0 to {}", label, n,
           x.dim(1) - 1);
}

// -sum_k t_k log p_k of one sample, and its derivative by x_k times `scale` where dx is not null.
template <class T>
double sample_loss(const T* x, int64_t K, const auto& target, double scale, T* dx) {
  const double highest = double(*std::max_element(x, x + K));
  double sum = 0, loss = 0, total = 0;
  for (int64_t k = 0; k < K; ++k) sum += std::exp(double(x[k]) - highest);
  const double log_sum = std::log(sum) + highest;
  for (int64_t k = 0; k < K; ++k) {
    loss -= target(k) * (double(x[k]) - log_sum);
    total += target(k);
  }
  if (dx)
    for (int64_t k = 0; k < K; ++k)
      dx[k] = static_cast<T>(scale * (total * std::exp(double(x[k]) - log_sum) - target(k)));
  return loss;
}

}  // namespace

// [N,K] is little beside what comes before it: one loop, in double, serves every host backend.
Tensor softmax_cross_entropy(Context& ctx, const Tensor& x, const Tensor& target, double smoothing,
                             SoftmaxCrossEntropySaved* saved) {
  check_target(x, target, smoothing);
  const int64_t N = x.dim(0), K = x.dim(1);
  Tensor loss = ctx.empty({1}, x.dtype());
  if (saved) saved->dx = ctx.empty_like(x);
  for_floating(x.dtype(), [&]<class T>(T) {
    double total = 0;
    for (int64_t n = 0; n < N; ++n) {
      const auto t = [&](int64_t k) {
        const double hard = target.dtype() == DType::i64 ? double(target.data<int64_t>()[n] == k)
                                                         : double(target.data<T>()[n * K + k]);
        return (1 - smoothing) * hard + smoothing / static_cast<double>(K);
      };
      total += sample_loss(x.data<T>() + n * K, K, t, 1 / static_cast<double>(N),
                           saved ? saved->dx.data<T>() + n * K : nullptr);
    }
    *loss.data<T>() = static_cast<T>(total / static_cast<double>(N));
  });
  return loss;
}

void softmax_cross_entropy_backward(Context& ctx, const SoftmaxCrossEntropySaved& s,
                                    const Tensor& dloss, std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor dx = ctx.empty_like(s.dx);
  for_floating(dx.dtype(), [&]<class T>(T) {
    const T scale = *dloss.data<T>();
    for (int64_t i = 0; i < dx.size(); ++i) dx.data<T>()[i] = scale * s.dx.data<T>()[i];
  });
  d[0].give(ctx, std::move(dx));
}

Value softmax_cross_entropy(Tape& tape, const Value& x, const Tensor& target, double smoothing) {
  SoftmaxCrossEntropySaved saved;
  Tensor loss = softmax_cross_entropy(tape.context(), x.tensor(), target, smoothing,
                                      tape.records({&x}) ? &saved : nullptr);
  return tape.record("softmax_cross_entropy", {&x}, std::move(loss), std::move(saved),
                     softmax_cross_entropy_backward);
}

}  // namespace lienet
