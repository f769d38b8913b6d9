// conv2d: cross-correlation, as torch.nn.functional.conv2d.
//   y[n,o,i,j]  = b[o] + sum_{c,p,q} w[o,c,p,q] * x[n, g*C/G + c, h, v]
//                 h = i*s - pad + p*dil, v = j*s - pad + q*dil; x is 0 outside of its map
//                 g = o / (O/G), the group of output channel o
//   dx[n,k,h,v] = the transposed sum: of w[o,c,p,q] * dy[n,o,i,j] where y[n,o,i,j] reads it
//   dw[o,c,p,q] = sum_{n,i,j} dy[n,o,i,j] * x[n, g*C/G + c, h, v]
//   db[o]       = sum_{n,i,j} dy[n,o,i,j]
//
//   x [N,C,H,W]  w [O,C/G,kh,kw]  b [O] or none
//   y [N,O,H',W'],  H' = (H + 2*pad - dil*(kh-1) - 1) / s + 1
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

struct Conv2dOptions {
  int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
  friend bool operator==(const Conv2dOptions&, const Conv2dOptions&) = default;
};

struct Conv2dSaved {
  Tensor x, w;  // as the backend takes them
  Conv2dOptions options;
  DType dx = DType::f32, dw = DType::f32;  // the types that they came in
};

// `b` may be undefined. y has the context's activation_dtype(), to which x is converted where it
// has another; w, b and their gradients keep their own. Throws Error where shapes and options do
// not fit each other.
Tensor conv2d(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b,
              const Conv2dOptions& options, Conv2dSaved* saved);
void conv2d_backward(Context& ctx, const Conv2dSaved& saved, const Tensor& dy,
                     std::span<GradSlot> d);
// max(0, conv2d(x) + residual); without residual max(0, conv2d(x)) where `relu`, else conv2d(x).
// For passes that are not recorded: there is no backward. `b` and `residual` may be undefined.
// Throws Error as conv2d does, and where the residual has not y's shape.
Tensor conv2d_fused(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b,
                    const Conv2dOptions& options, const Tensor& residual, bool relu);
// Without bias, `b` is an empty Value.
Value conv2d(Tape& tape, const Value& x, const Value& w, const Value& b,
             const Conv2dOptions& options);

struct Conv2dLayerOptions {
  int64_t in = 0, out = 0, kernel = 1, stride = 1, padding = 0, dilation = 1, groups = 1;
  bool bias = true;

  Conv2dOptions op() const { return {stride, padding, dilation, groups}; }
};

// Parameters `weight` and, with bias, `bias`: not initialised; see models/initialise.h.
class Conv2d : public Layer {
 public:
  Conv2d(Context& ctx, const Conv2dLayerOptions& options);
  const Conv2dLayerOptions& options() const { return options_; }
  Parameter weight, bias;

 protected:
  Value forward(Tape& tape, const Value& x) override;

 private:
  Conv2dLayerOptions options_;
};

LIENET_EVERY_BACKEND(void conv2d(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b,
                                 const Conv2dOptions& options, Tensor& y);
                     void conv2d_fused(Context& ctx, const Tensor& x, const Tensor& w,
                                       const Tensor& b, const Conv2dOptions& options,
                                       const Tensor& residual, bool relu, Tensor& y);
                     void conv2d_backward_data(Context& ctx, const Tensor& w, const Tensor& dy,
                                               const Conv2dOptions& options, Tensor& dx);
                     void conv2d_backward_weights(Context& ctx, const Tensor& x, const Tensor& dy,
                                                  const Conv2dOptions& options, Tensor& dw);
                     void conv2d_backward_bias(Context& ctx, const Tensor& dy, Tensor& db);)

}  // namespace lienet
