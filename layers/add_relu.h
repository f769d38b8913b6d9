// add_relu:  y = max(a + b, 0)        da = db = dy where y > 0, else 0
// a, b, y of one shape; nothing is broadcast. Both inputs get the same tensor. One pass over memory
// where add and relu take two: what a residual block ends with. ReLU's backward is the scheduler's.
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

Tensor add_relu(Context& ctx, const Tensor& a, const Tensor& b);
Value add_relu(Tape& tape, const Value& a, const Value& b);

LIENET_EVERY_BACKEND(void add_relu(Context& ctx, const Tensor& a, const Tensor& b, Tensor& y);)

}  // namespace lienet
