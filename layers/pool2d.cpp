#include "layers/pool2d.h"

#include "engine/check.h"
#include "engine/dispatch.h"

namespace lienet {

Shape pooled_shape(const char* op, const Tensor& x, const Pool2dOptions& o) {
  if (x.shape().rank() != 4) fail("{}: x {}; expected [N, C, H, W]", op, x.str());
  if (o.kernel < 1 || o.stride < 1 || o.padding < 0 || 2 * o.padding > o.kernel)
    fail("{}: kernel {}, stride {}, padding {}: out of range", op, o.kernel, o.stride, o.padding);
  const auto extent = [&](int64_t n) {
    if (n == 0 || n + 2 * o.padding < o.kernel)
      fail("{}: x {} is smaller than the kernel {}", op, x.str(), o.kernel);
    return (n + 2 * o.padding - o.kernel) / o.stride + 1;
  };
  return {x.dim(0), x.dim(1), extent(x.dim(2)), extent(x.dim(3))};
}

Tensor pooled_gradient(Context& ctx, const Shape& x, DType dy, Layout layout) {
  return ctx.device() == Device::cuda ? ctx.empty(x, dy, layout)
                                      : ctx.zeros(x, sum_type(dy), layout);
}

}  // namespace lienet
