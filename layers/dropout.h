// dropout: Srivastava et al., 2014, scaled in training.
//   training:  y = x * m / (1 - p),  m = 0 with probability p, else 1;  dx = dy * m / (1 - p)
//   otherwise: y = x
//   x, y of any shape. m depends on the context's seed and position and on the op's place among
//   the pass's random ops, element by element in N,C,H,W order: every backend and layout drops the
//   same.
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

struct DropoutSaved {
  Tensor scale;  // m / (1 - p), x's shape and layout; on the host in its sum_type
};

// Throws Error unless 0 <= p < 1.
Tensor dropout(Context& ctx, const Tensor& x, double p, uint32_t stream, DropoutSaved& saved);
void dropout_backward(Context& ctx, const DropoutSaved& saved, const Tensor& dy,
                      std::span<GradSlot> d);
Value dropout(Tape& tape, const Value& x, double p);

class Dropout : public Layer {
 public:
  explicit Dropout(double p) : p_(p) {}

 protected:
  Value forward(Tape& tape, const Value& x) override { return dropout(tape, x, p_); }

 private:
  double p_;
};

// `scale` is plain, so that element i is drawn by the stream's number i. multiply: a, b and out
// have one layout; b and out one type, and a that or, on the host, its sum_type.
LIENET_HOST_AND_CUDA(void dropout_scale(Context& ctx, double p, uint32_t stream, Tensor& scale);
                     void multiply(Context& ctx, const Tensor& a, const Tensor& b, Tensor& out);)

}  // namespace lienet
