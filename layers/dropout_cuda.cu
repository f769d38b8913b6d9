#include "layers/dropout_cuda.cuh"

#include "engine/cuda/device_block.cuh"
#include "engine/cuda/elementwise.h"
#include "layers/dropout.h"

namespace lienet::cuda {

void dropout_scale(Context& ctx, double p, uint32_t stream, Tensor& scale) {
  // The launch's arguments would be replayed, and with them the same numbers.
  if (ctx.stream().recording()) fail_with("dropout: draws anew in each step; do not record it");
  run(ctx, DropoutScale{Random(ctx.random_key(RandomUse::dropout, stream)), p,
                        elements<float>(scale), scale.size()});
}

void multiply(Context& ctx, const Tensor& a, const Tensor& b, Tensor& out) {
  for_elements(out.dtype(), [&]<class T>(T) {
    run(ctx, Elementwise<T, 2, Product>{
                 {}, {elements<T>(a), elements<T>(b)}, elements<T>(out), out.size()});
  });
}

}  // namespace lienet::cuda
