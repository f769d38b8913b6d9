#include "layers/conv_norm_cuda.cuh"

#include "engine/cuda/device_block.cuh"
#include "layers/conv_norm.h"

namespace lienet::cuda {

void conv_norm_fold(Context& ctx, const ConvNorm& from, Tensor& w, Tensor& b) {
  const int64_t channels = w.dim(0);
  if (channels == 0) return;
  run(ctx, channels,
      ConvNormFold{elements<float>(from.w), from.c ? elements<float>(from.c) : nullptr,
                   elements<float>(from.g), elements<float>(from.b), elements<float>(from.mean),
                   elements<float>(from.var), from.eps, static_cast<int>(w.size() / channels),
                   elements<float>(w), elements<float>(b)});
}

}  // namespace lienet::cuda
