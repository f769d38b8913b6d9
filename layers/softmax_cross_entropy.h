// softmax_cross_entropy: as torch.nn.functional.cross_entropy with reduction="mean".
//   loss = -1/N sum_n sum_k t[n,k] log p[n,k],  p = softmax(x)
//   t = (1 - s) * target + s / K with label smoothing s; a class label is a target of one 1
//   dx = dloss * (p * sum_k t - t) / N
//   x [N,K]  target i64 [N], labels in 0..K-1, or x's type [N,K], soft  loss [1]
// A label in a device's memory that is out of range makes the loss and its sample's dx NaN.
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

struct SoftmaxCrossEntropySaved {
  Tensor dx;  // for dloss = 1: the loss is the end of the network, its gradient all but known
};

// Throws Error where shapes do not fit or are empty, a label is out of range, or smoothing is not
// in [0, 1).
Tensor softmax_cross_entropy(Context& ctx, const Tensor& x, const Tensor& target, double smoothing,
                             SoftmaxCrossEntropySaved* saved);
void softmax_cross_entropy_backward(Context& ctx, const SoftmaxCrossEntropySaved& saved,
                                    const Tensor& dloss, std::span<GradSlot> d);
Value softmax_cross_entropy(Tape& tape, const Value& x, const Tensor& target, double smoothing = 0);

// How many rows of x have no value above that of their label, and a number there: i64 [1], where x
// is. Throws Error as the loss does.
Tensor count_correct(Context& ctx, const Tensor& x, const Tensor& labels);

// softmax_cross_entropy: dx for dloss = 1, where not null. scale_by: out = x * factor, factor [1].
LIENET_HOST_AND_CUDA(void softmax_cross_entropy(Context& ctx, const Tensor& x, const Tensor& target,
                                                double smoothing, Tensor& loss, Tensor* dx);
                     void scale_by(Context& ctx, const Tensor& x, const Tensor& factor,
                                   Tensor& out);
                     void count_correct(Context& ctx, const Tensor& x, const Tensor& labels,
                                        Tensor& count);)

}  // namespace lienet
