// add:  y = a + b        da = dy, db = dy
// a, b, y of one shape; nothing is broadcast. Both inputs get the same tensor: backward moves no
// memory.
#pragma once

#include "layers/layer.h"

namespace lienet {

struct AddSaved {};

Tensor add(Context& ctx, const Tensor& a, const Tensor& b);
void add_backward(Context& ctx, const AddSaved& saved, const Tensor& dy, std::span<GradSlot> d);
Value add(Tape& tape, const Value& a, const Value& b);

}  // namespace lienet
