// Attacks: images changed by no more than epsilon a pixel so that a network errs. In pixels of
// 0..1; the normalisation counts as the network's. L is the cross-entropy of the label, sign(0) =
// 0.
//   FGSM  x' = clip(x + epsilon * sign(dL/dx), 0, 1)
//         Goodfellow, Shlens, Szegedy, "Explaining and Harnessing Adversarial Examples", ICLR 2015
//   PGD   x' = P(x' + step * sign(dL/dx')), again and again, from x or from a random place;
//         P: to |x' - x| <= epsilon, then to 0..1; an image is done once the network errs on it
//         Madry et al., "Towards Deep Learning Models Resistant to Adversarial Attacks", ICLR 2018
// Nothing is inhibited in these passes unless asked for: what looks like robustness would be hidden
// gradients. Gradients that are exactly 0 hide, too: count_zeros() tells.
#pragma once

#include <span>
#include <vector>

#include "analysis/normalise.h"
#include "layers/layer.h"

namespace lienet {

struct LossGradient {
  Tensor logits;    // [N,K]
  Tensor gradient;  // dL/dpixels [N,3,H,W] of the mean cross-entropy
};

// Pixels in 0..1, labels i64 [N]. BatchNorm uses its running statistics. Changes nothing in the
// network. `inhibit`: whether the layers' inhibition is on.
LossGradient loss_gradient(Context& ctx, Layer& network, const Tensor& pixels, const Tensor& labels,
                           const ChannelStats& stats, bool inhibit = false);

// x' from the pixels and their gradient. Throws Error for a negative epsilon.
Tensor fgsm(Context& ctx, const Tensor& pixels, const Tensor& gradient, double epsilon);

struct PgdOptions {
  double epsilon = 8.0 / 255;
  int steps = 20;
  double step = 0;      // 0: 2.5 * epsilon / steps, so that the edge can be reached and followed
  int64_t batch = 128;  // images at a time
  bool inhibit = false;
};

struct PgdImages {
  Tensor pixels;                  // x' [N,3,H,W]; of those the network errs on, where it did first
  std::vector<uint8_t> fooled;    // [N], whether it errs
  int64_t slopes = 0, zeros = 0;  // elements of all gradients, and those that are 0
};

// From `start`, which is `pixels` or random_start(). Images do not depend on each other or on the
// batch. Throws Error for options that make no sense.
PgdImages pgd(Context& ctx, Layer& network, const Tensor& pixels, const Tensor& start,
              const Tensor& labels, const ChannelStats& stats, const PgdOptions& options = {});

// Uniform in the cube of epsilon about the pixels, clipped to 0..1. Image i is drawn from the
// seed's stream `numbers[i]`.
Tensor random_start(Context& ctx, const Tensor& pixels, double epsilon, uint64_t seed,
                    std::span<const int64_t> numbers);

int64_t count_zeros(Context& ctx, const Tensor& gradient);

// Whether no logit is above the label's: [N] of logits [N,K], labels i64 [N].
std::vector<uint8_t> classified_right(Context& ctx, const Tensor& logits, const Tensor& labels);

}  // namespace lienet
