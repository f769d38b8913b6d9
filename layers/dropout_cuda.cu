#include "layers/dropout_cuda.cuh"

#include "engine/cuda/device_elementwise.cuh"
#include "engine/transfer.h"
#include "layers/dropout.h"

namespace lienet::cuda {

// The stream of numbers is another in each step: in a recorded one it is sent before each replay.
void dropout_scale(Context& ctx, double p, uint32_t stream, Tensor& scale) {
  static_assert(std::is_trivially_copyable_v<Random>);
  Tensor random = ctx.empty({sizeof(Random)}, DType::u8);
  ctx.each_step([&ctx, stream, random]() mutable {
    const Random drawn(ctx.random_key(RandomUse::dropout, stream));
    Tensor bytes = ctx.empty_on_host(random.shape(), DType::u8);
    std::memcpy(bytes.raw(), &drawn, sizeof(drawn));
    to_device(ctx, bytes, random);
  });
  run(ctx, DropoutScale{reinterpret_cast<const Random*>(elements<uint8_t>(random)), p,
                        elements<float>(scale), scale.size()});
}

void multiply(Context& ctx, const Tensor& a, const Tensor& b, Tensor& out) {
  run_elementwise(ctx, Product{}, {&a, &b}, out);
}

}  // namespace lienet::cuda
