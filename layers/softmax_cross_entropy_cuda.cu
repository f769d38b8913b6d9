#include "layers/softmax_cross_entropy_cuda.cuh"

#include "engine/cuda/device.h"
#include "engine/cuda/device_elementwise.cuh"
#include "layers/softmax_cross_entropy.h"

namespace lienet::cuda {

void softmax_cross_entropy(Context& ctx, const Tensor& x, const Tensor& target, double smoothing,
                           Tensor& loss, Tensor* dx) {
  const int64_t N = x.dim(0);
  Tensor losses = ctx.empty({N}, DType::f64);
  const bool labels = target.dtype() == DType::i64;
  run(ctx, SoftmaxCrossEntropy{elements<float>(x), labels ? elements<int64_t>(target) : nullptr,
                               labels ? nullptr : elements<float>(target), N,
                               static_cast<int>(x.dim(1)), smoothing, elements<double>(losses),
                               dx ? elements<float>(*dx) : nullptr});
  run(ctx, 1, MeanOf{elements<double>(losses), N, elements<float>(loss)});
}

void scale_by(Context& ctx, const Tensor& x, const Tensor& factor, Tensor& out) {
  run_elementwise_of<float>(ctx, Scaled{elements<float>(factor)}, {&x}, out);
}

void count_correct(Context& ctx, const Tensor& x, const Tensor& labels, Tensor& count) {
  clear(ctx.stream(), count.raw(), count.bytes());
  run(ctx, CountCorrect{elements<float>(x), elements<int64_t>(labels), x.dim(0),
                        static_cast<int>(x.dim(1)), elements<int64_t>(count)});
}

}  // namespace lienet::cuda
