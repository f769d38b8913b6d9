// linear:  y = x * w^T + b        dx = dy * w,  dw = dy^T * x,  db = sum_n dy
//   x [N,I]  w [O,I]  b [O] or none  y [N,O]
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

struct LinearSaved {
  Tensor x, w;
};

// `b` may be undefined. Throws Error where shapes do not fit.
Tensor linear(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b, LinearSaved* saved);
void linear_backward(Context& ctx, const LinearSaved& saved, const Tensor& dy,
                     std::span<GradSlot> d);
Value linear(Tape& tape, const Value& x, const Value& w, const Value& b);

// Parameters `weight` and, with bias, `bias`: not initialised; see models/initialise.h.
class Linear : public Layer {
 public:
  Linear(Context& ctx, int64_t in, int64_t out, bool bias = true);
  Parameter weight, bias;

 protected:
  Value forward(Tape& tape, const Value& x) override;
};

// out = a * b, each read transposed where told; plain matrices.
LIENET_EVERY_BACKEND(void matmul(Context& ctx, const Tensor& a, bool transpose_a, const Tensor& b,
                                 bool transpose_b, Tensor& out);)
// y[n,o] += b[o];  db[o] = sum_n dy[n,o]
LIENET_HOST_AND_CUDA(void add_bias(Context& ctx, const Tensor& b, Tensor& y);
                     void sum_rows(Context& ctx, const Tensor& dy, Tensor& db);)

}  // namespace lienet
