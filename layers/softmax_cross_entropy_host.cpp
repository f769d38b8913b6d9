// [N,K] is little beside what comes before it: one loop, in double, serves every host.
#include <cmath>

#include "engine/dispatch.h"
#include "layers/logits.h"
#include "layers/softmax_cross_entropy.h"

namespace lienet::host {
namespace {

// -sum_k t_k log p_k of one sample, and its derivative by x_k times `scale` where dx is not null.
template <class T>
double sample_loss(const T* x, int64_t K, const auto& target, double scale, T* dx) {
  const double log_sum = log_sum_exp(x, K);
  double loss = 0, total = 0;
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

void softmax_cross_entropy(Context&, const Tensor& x, const Tensor& target, double smoothing,
                           Tensor& loss, Tensor* dx) {
  const int64_t N = x.dim(0), K = x.dim(1);
  for_floating(x.dtype(), [&]<class T>(T) {
    double total = 0;
    for (int64_t n = 0; n < N; ++n) {
      const auto t = [&](int64_t k) {
        const double hard = target.dtype() == DType::i64 ? double(target.data<int64_t>()[n] == k)
                                                         : double(target.data<T>()[n * K + k]);
        return (1 - smoothing) * hard + smoothing / static_cast<double>(K);
      };
      total += sample_loss(x.data<T>() + n * K, K, t, 1 / static_cast<double>(N),
                           dx ? dx->data<T>() + n * K : nullptr);
    }
    *loss.data<T>() = static_cast<T>(total / static_cast<double>(N));
  });
}

void scale_by(Context&, const Tensor& x, const Tensor& factor, Tensor& out) {
  for_floating(x.dtype(), [&]<class T>(T) {
    const T scale = *factor.data<T>();
    for (int64_t i = 0; i < x.size(); ++i) out.data<T>()[i] = scale * x.data<T>()[i];
  });
}

void count_correct(Context&, const Tensor& x, const Tensor& labels, Tensor& count) {
  const int64_t K = x.dim(1);
  int64_t correct = 0;
  for_floating(x.dtype(), [&]<class T>(T) {
    for (int64_t n = 0; n < x.dim(0); ++n)
      correct += in_top(1, x.data<T>() + n * K, K, labels.data<int64_t>()[n]);
  });
  *count.data<int64_t>() = correct;
}

}  // namespace lienet::host
