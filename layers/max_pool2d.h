// max_pool2d: as torch.nn.functional.max_pool2d (floor mode, padding that never wins).
//   y[n,c,i,j]  = max of x[n,c,h,w] over the (h,w) of window (i,j); the first in row order,
//                but NaN where there is one
//   dx[n,c,h,w] = sum of dy[n,c,i,j] over the windows whose maximum was at (h,w)
//
//   x [N,C,H,W]  y [N,C,H',W'], see pool2d.h
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"
#include "layers/pool2d.h"

namespace lienet {

struct MaxPool2dSaved {
  Shape x;
  Layout layout = Layout::plain;
  Pool2dOptions options;
  // u8, y's shape and layout: where in its window each maximum lies, row by row, padding counted.
  Tensor winners;
};

// Throws Error as pooled_shape() does, and for a kernel above 16.
Tensor max_pool2d(Context& ctx, const Tensor& x, const Pool2dOptions& options,
                  MaxPool2dSaved* saved);
void max_pool2d_backward(Context& ctx, const MaxPool2dSaved& saved, const Tensor& dy,
                         std::span<GradSlot> d);
Value max_pool2d(Tape& tape, const Value& x, const Pool2dOptions& options);

class MaxPool2d : public Layer {
 public:
  explicit MaxPool2d(const Pool2dOptions& options) : options_(options) {}
  const Pool2dOptions& options() const { return options_; }

 protected:
  Value forward(Tape& tape, const Value& x) override { return max_pool2d(tape, x, options_); }

 private:
  Pool2dOptions options_;
};

// On the host dx is zero before, of dy's sum_type; on the GPU of dy's type.
LIENET_EVERY_BACKEND(void max_pool2d(Context& ctx, const Tensor& x, const Pool2dOptions& options,
                                     Tensor& y, Tensor& winners);
                     void max_pool2d_backward(Context& ctx, const Pool2dOptions& options,
                                              const Tensor& winners, const Tensor& dy, Tensor& dx);)

}  // namespace lienet
