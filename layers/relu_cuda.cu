#include "layers/relu.h"

#include "engine/cuda/device_block.cuh"
#include "engine/cuda/elementwise.h"

namespace lienet::cuda {

void relu(Context& ctx, const Tensor& x, Tensor& y) {
  for_elements(y.dtype(), [&]<class T>(T) {
    run(ctx, Elementwise<T, 1, Positive>{{}, {elements<T>(x)}, elements<T>(y), y.size()});
  });
}

}  // namespace lienet::cuda
