// avg_pool2d: as torch.nn.functional.avg_pool2d (floor mode).
//   y[n,c,i,j]  = sum of x[n,c,h,w] over the (h,w) of window (i,j) that lie inside x, / m[i,j]
//   dx[n,c,h,w] = sum of dy[n,c,i,j] / m[i,j] over the windows that (h,w) lies in
//   m[i,j] = kernel^2 where padding counts, else the number of those (h,w)
//
//   x [N,C,H,W]  y [N,C,H',W'], see pool2d.h
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"
#include "layers/pool2d.h"

namespace lienet {

struct AvgPool2dOptions {
  Pool2dOptions window{};
  bool count_include_pad = true;

  // m of a window with these parts inside x.
  int64_t divisor(PoolWindow rows, PoolWindow columns) const {
    return count_include_pad ? window.kernel * window.kernel
                             : (rows.end - rows.begin) * (columns.end - columns.begin);
  }
};

struct AvgPool2dSaved {
  Shape x;
  Layout layout = Layout::plain;
  AvgPool2dOptions options;
};

// Throws Error as pooled_shape() does.
Tensor avg_pool2d(Context& ctx, const Tensor& x, const AvgPool2dOptions& options,
                  AvgPool2dSaved* saved);
void avg_pool2d_backward(Context& ctx, const AvgPool2dSaved& saved, const Tensor& dy,
                         std::span<GradSlot> d);
Value avg_pool2d(Tape& tape, const Value& x, const AvgPool2dOptions& options);

class AvgPool2d : public Layer {
 public:
  explicit AvgPool2d(const AvgPool2dOptions& options) : options_(options) {}
  const AvgPool2dOptions& options() const { return options_; }

 protected:
  Value forward(Tape& tape, const Value& x) override { return avg_pool2d(tape, x, options_); }

 private:
  AvgPool2dOptions options_;
};

// On the host dx is zero before, of dy's sum_type; on the GPU of dy's type.
LIENET_EVERY_BACKEND(void avg_pool2d(Context& ctx, const Tensor& x, const AvgPool2dOptions& options,
                                     Tensor& y);
                     void avg_pool2d_backward(Context& ctx, const AvgPool2dOptions& options,
                                              const Tensor& dy, Tensor& dx);)

}  // namespace lienet
