// What the pooling layers share: their windows, the shape these give, and where gradients go.
#pragma once

#include <algorithm>

#include "engine/context.h"

namespace lienet {

struct Pool2dOptions {
  int64_t kernel = 2, stride = 2, padding = 0;
};

// [N,C,H,W] -> [N,C,H',W'],  H' = (H + 2*padding - kernel) / stride + 1, rounded down. Throws
// Error, naming the op, where rank is not 4, an option is out of range, padding exceeds half the
// kernel, or no window fits.
Shape pooled_shape(const char* op, const Tensor& x, const Pool2dOptions& options);

// For dx of x's shape and layout, where dy has this type: on the host zeros of its sum_type, to add
// to. The GPU gathers, and rounds each sum once: it writes all of a tensor of dy's type.
Tensor pooled_gradient(Context& ctx, const Shape& x, DType dy, Layout layout);

// The part of window i that lies on a line of n elements: from begin up to end; never empty.
struct PoolWindow {
  int64_t begin, end;
};
inline PoolWindow pool_window(int64_t i, int64_t n, const Pool2dOptions& o) {
  const int64_t begin = i * o.stride - o.padding;
  return {std::max<int64_t>(begin, 0), std::min(begin + o.kernel, n)};
}

}  // namespace lienet
