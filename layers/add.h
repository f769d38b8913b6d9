// add:  y = a + b        da = dy, db = dy
// a, b, y of one shape; nothing is broadcast. Both inputs get the same tensor: backward moves no
// memory.
#pragma once

#include "layers/layer.h"

namespace lienet {

Tensor add(Context& ctx, const Tensor& a, const Tensor& b);
// Backward of an op that adds its inputs, or has one that it lets through: each gradient is dy.
void pass_on(Context& ctx, const Tensor& dy, std::span<GradSlot> d);
Value add(Tape& tape, const Value& a, const Value& b);

}  // namespace lienet
