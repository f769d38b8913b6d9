// flatten:  [N, ...] -> [N, product of the rest], in N,C,H,W order whatever the layout.
#pragma once

#include "layers/layer.h"

namespace lienet {

struct FlattenSaved {
  Shape shape;
};

Tensor flatten(Context& ctx, const Tensor& x, FlattenSaved* saved);
void flatten_backward(Context& ctx, const FlattenSaved& saved, const Tensor& dy,
                      std::span<GradSlot> d);
Value flatten(Tape& tape, const Value& x);

}  // namespace lienet
