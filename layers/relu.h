// relu:  y = max(x, 0)        dx = dy where y > 0, else 0
// x, y of any shape; a NaN stays one; the derivative at 0 is 0. The backward pass is the
// scheduler's, which takes it on the way with what else it does to a gradient: see Node::rectified
// and complete() in engine/tensor_ops.h.
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

Tensor relu(Context& ctx, const Tensor& x);
Value relu(Tape& tape, const Value& x);

class Relu : public Layer {
 protected:
  Value forward(Tape& tape, const Value& x) override { return relu(tape, x); }
};

LIENET_EVERY_BACKEND(void relu(Context& ctx, const Tensor& x, Tensor& y);)

}  // namespace lienet
