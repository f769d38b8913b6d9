// max_pool2d: as torch.nn.functional.max_pool2d (floor mode, padding that never wins).
//   y[n,c,i,j] = max over p,q of x[n,c, i*s - pad + p, j*s - pad + q]; the first maximum in row
//   order dx = dy where the maximum was, summed over windows x [N,C,H,W]  y [N,C,H',W'],  H' = (H +
//   2*pad - k) / s + 1
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

struct Pool2dOptions {
  int64_t kernel = 2, stride = 2, padding = 0;
};

struct MaxPool2dSaved {
  Shape x;
  Layout layout = Layout::plain;
  Tensor winners;  // i64, y's shape and layout: i*W + j of each maximum
};

// Throws Error where rank is not 4, an option is out of range, or padding exceeds half the kernel.
Tensor max_pool2d(Context& ctx, const Tensor& x, const Pool2dOptions& options,
                  MaxPool2dSaved* saved);
void max_pool2d_backward(Context& ctx, const MaxPool2dSaved& saved, const Tensor& dy,
                         std::span<GradSlot> d);
Value max_pool2d(Tape& tape, const Value& x, const Pool2dOptions& options);

// H' of H.
int64_t pooled_extent(int64_t extent, const Pool2dOptions& options);

LIENET_EVERY_BACKEND(void max_pool2d(Context& ctx, const Tensor& x, const Pool2dOptions& options,
                                     Tensor& y, Tensor& winners);
                     void max_pool2d_backward(Context& ctx, const Tensor& winners, const Tensor& dy,
                                              Tensor& dx);)

}  // namespace lienet
