// sigmoid_cross_entropy: a yes or no for each class, as torch.nn.BCEWithLogitsLoss, for images that
// show any number of classes.
//   loss = -1/(NK) sum_nk t log p + (1-t) log(1-p),  p = 1/(1+exp(-x))
//        =  1/(NK) sum_nk max(x,0) - x t + log(1 + exp(-|x|)),  which neither overflows nor cancels
//   dx = dloss * (p - t) / (NK)
//   x [N,K]  target [N,K] in x's type, 0 to 1, or -1: this one does not count  loss [1]
#pragma once

#include "layers/layer.h"

namespace lienet {

struct SigmoidCrossEntropySaved {
  Tensor dx;  // for dloss = 1
};

// Throws Error where shapes do not fit or are empty, or a target is neither -1 nor in 0..1.
Tensor sigmoid_cross_entropy(Context& ctx, const Tensor& x, const Tensor& target,
                             SigmoidCrossEntropySaved* saved);
void sigmoid_cross_entropy_backward(Context& ctx, const SigmoidCrossEntropySaved& saved,
                                    const Tensor& dloss, std::span<GradSlot> d);
Value sigmoid_cross_entropy(Tape& tape, const Value& x, const Tensor& target);

}  // namespace lienet
