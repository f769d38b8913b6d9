// A convolution, the BatchNorm behind it and what follows, as the layers that they are where a pass
// trains or is recorded, and in one convolution where neither: in evaluation BatchNorm is affine
// and goes into weights and bias,
//   y = g * (w * x + c - mean) * r + b = (g * r * w) * x + (b + (c - mean) * g * r)
// with r = 1 / sqrt(var + eps), per output channel; c is the convolution's own bias, if it has one.
// ReLU, and the sum where that is faster, are done as values are written. The weights are folded at
// each call, in double, and rounded once: results differ from the layers' by rounding. Device ref
// keeps to the layers.
#pragma once

#include "engine/backend.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"

namespace lienet {

// y = norm(conv(x)), with ReLU where the norm has it. Throws Error as the layers do.
Value conv_norm(Tape& tape, Conv2d& conv, BatchNorm2d& norm, const Value& x);

// y = max(0, norm(conv(x)) + shortcut()). What shortcut() runs is recorded behind the norm; in one
// convolution it runs before.
Value conv_norm_add_relu(Tape& tape, Conv2d& conv, BatchNorm2d& norm, const Value& x,
                         const std::function<Value()>& shortcut);

// Folded weights and bias of w [O,I,kh,kw], c [O] or none, and BatchNorm's g, b, mean, var [O].
struct ConvNorm {
  Tensor w, c, g, b, mean, var;
  double eps;
};
LIENET_HOST_AND_CUDA(void conv_norm_fold(Context& ctx, const ConvNorm& from, Tensor& w, Tensor& b);)

}  // namespace lienet
