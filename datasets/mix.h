// The mixing of a batch's images and of their labels.
#pragma once

#include "datasets/box.h"
#include "engine/random.h"
#include "engine/tensor.h"

namespace lienet {

// Mixup (Zhang et al. 2018) and CutMix (Yun et al. 2019). With both on, each batch draws one.
struct MixOptions {
  double mixup = 0;   // alpha of Beta(alpha, alpha), out of which the share is drawn; 0: off
  double cutmix = 0;  // the same for the share of the area
  bool on() const { return mixup > 0 || cutmix > 0; }
};

// Throws Error for a negative or infinite alpha.
void check_mix(const MixOptions& options);

// What was drawn for one batch: image i gets `share` of its own and the rest of image B-1-i; where
// `cut` is on, a window of the other, which takes the rest of the area.
struct MixPlan {
  bool cut = false;
  float share = 1;
  ImageWindow window;
};
// Key: one for each batch. Throws Error as check_mix does.
MixPlan plan_mix(const MixOptions& options, const RandomKey& key, int64_t height, int64_t width);

// Mixes image i with image B-1-i, in place: shuffled batches need no second shuffle.
// images f32 [B,3,H,W] plain; labels i64 [B] in 0..classes-1; targets f32 [B,classes], overwritten
// with the shares of the classes, each row of sum 1.
void mix_batch(Tensor& images, const Tensor& labels, Tensor& targets, const MixPlan& plan);
void mix_batch(Tensor& images, const Tensor& labels, Tensor& targets, const MixOptions& options,
               const RandomKey& key);

}  // namespace lienet
