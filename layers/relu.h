// relu:  y = max(x, 0)        dx = dy where y > 0, else 0
// x, y of any shape; the derivative at 0 is 0.
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

struct ReluSaved {
  Tensor y;
};

Tensor relu(Context& ctx, const Tensor& x, ReluSaved* saved);
void relu_backward(Context& ctx, const ReluSaved& saved, const Tensor& dy, std::span<GradSlot> d);
Value relu(Tape& tape, const Value& x);

class Relu : public Layer {
 protected:
  Value forward(Tape& tape, const Value& x) override { return relu(tape, x); }
};

LIENET_EVERY_BACKEND(void relu(Context& ctx, const Tensor& x, Tensor& y);
                     void relu_backward(Context& ctx, const Tensor& y, const Tensor& dy,
                                        Tensor& dx);)

}  // namespace lienet
