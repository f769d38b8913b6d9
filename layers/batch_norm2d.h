// batch_norm2d: Ioffe & Szegedy, "Batch Normalization", 2015; numerics as torch.nn.BatchNorm2d.
//   y = g * xh + b,  xh = (x - mean) * r,  r = 1 / sqrt(var + eps), per channel
//   training:   mean, var over the n = N*H*W values of the channel (var / n), and
//               running = (1 - momentum) * running + momentum * (mean, var * n / (n - 1))
//               dx = g * r * (dy - db/n - xh * dg/n)
//   evaluation: mean, var are the running ones; dx = g * r * dy
//   dg = sum dy * xh,  db = sum dy
//   with ReLU: y = max(0, g * xh + b), and dy counts as 0 where y is; one pass less over memory
//   x [N,C,H,W]  g, b, running_mean, running_var [C]  y [N,C,H,W];
//   x and y may be bf16 where all others are f32
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

struct BatchNormSaved {
  Tensor x, g, b, mean, r;
  bool training = false, relu = false;
};

// Running statistics are read in evaluation and updated in place in training.
struct BatchNormState {
  Tensor running_mean, running_var;
  double momentum = 0.1, eps = 1e-5;
};

// Throws Error where shapes differ, or a training channel has less than two values.
Tensor batch_norm2d(Context& ctx, const Tensor& x, const Tensor& g, const Tensor& b,
                    BatchNormState& state, bool training, bool relu, BatchNormSaved* saved);
void batch_norm2d_backward(Context& ctx, const BatchNormSaved& saved, const Tensor& dy,
                           std::span<GradSlot> d);
// Training or evaluation as the tape says. With ReLU the op is named "batch_norm2d_relu".
Value batch_norm2d(Tape& tape, const Value& x, const Value& g, const Value& b,
                   BatchNormState& state, bool relu = false);

// Parameters `weight` (ones) and `bias` (zeros); buffers as torchvision's.
class BatchNorm2d : public Layer {
 public:
  explicit BatchNorm2d(Context& ctx, int64_t channels, double momentum = 0.1, double eps = 1e-5);
  Parameter weight, bias;
  Buffer running_mean, running_var;
  Buffer num_batches_tracked;  // i64 []
  bool relu = false;           // whether the output goes through ReLU
  double eps() const { return eps_; }

 protected:
  Value forward(Tape& tape, const Value& x) override;

 private:
  double momentum_, eps_;
};

// batch_norm2d_statistics: mean and r of the batch; the running ones move.
LIENET_EVERY_BACKEND(void batch_norm2d_statistics(Context& ctx, const Tensor& x,
                                                  BatchNormState& state, Tensor& mean, Tensor& r);
                     void batch_norm2d(Context& ctx, const Tensor& x, const Tensor& g,
                                       const Tensor& b, const Tensor& mean, const Tensor& r,
                                       bool relu, Tensor& y);
                     void batch_norm2d_sums(Context& ctx, const BatchNormSaved& saved,
                                            const Tensor& dy, Tensor& dg, Tensor& db);
                     void batch_norm2d_backward(Context& ctx, const BatchNormSaved& saved,
                                                const Tensor& dy, const Tensor& dg,
                                                const Tensor& db, Tensor& dx);)

// r = 1 / sqrt(var + eps)
LIENET_HOST_AND_CUDA(void batch_norm2d_scale(Context& ctx, const Tensor& var, double eps,
                                             Tensor& r);)

namespace host {
// What is left to do on any host once mean and var of the batch's n values a channel are known.
void batch_norm2d_take(Context& ctx, const Tensor& mean, const Tensor& var, double n,
                       BatchNormState& state, Tensor& r);
}  // namespace host

}  // namespace lienet
