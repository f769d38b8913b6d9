// A data set in the memory of a context's device, where its batches are made: what crosses to the
// device in a step is what was drawn. The draws are the Loader's, so that the same seed gives the
// same batches, to rounding.
#pragma once

#include <span>

#include "datasets/augment.h"
#include "datasets/loader.h"
#include "engine/backend.h"

namespace lienet {

class ResidentSet {
 public:
  // Of `options` those that say what a batch holds are used. Throws Error as the Loader does, and
  // where the memory is too small.
  ResidentSet(Context& ctx, const ImageSet& set, const LoaderOptions& options);

  // The batch of these images; `number` is its place in the epoch. On Device::cuda nobody waits,
  // and the images' channels are innermost.
  Batch make(Context& ctx, std::vector<int64_t> indices, uint32_t epoch, int64_t number) const;

 private:
  uint64_t seed_;
  int64_t images_, classes_;
  MixOptions mix_;
  Augment augment_;
  Tensor pixels_;  // u8 [N,3,H,W]
  Tensor labels_;  // i64 [N]
  Tensor tables_;  // f32 [3,256]: Augment::tables
};

// images [B,3,H,W] of the set's `pixels` at `indices`, i64 [B]; plans: the bytes of B AugmentPlans.
// labels[i] = all[indices[i]]. mix_images: as mix_batch.
LIENET_HOST_AND_CUDA(void augment_images(Context& ctx, const Augment& augment, const Tensor& pixels,
                                         const Tensor& tables, const Tensor& indices,
                                         const Tensor& plans, Tensor& images);
                     void take_labels(Context& ctx, const Tensor& all, const Tensor& indices,
                                      Tensor& labels);
                     void mix_images(Context& ctx, const MixPlan& plan, Tensor& images,
                                     const Tensor& labels, Tensor& targets);)

}  // namespace lienet
