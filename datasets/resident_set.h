// A data set in the memory of a context's device, where its batches are made: what crosses to the
// device in a step is what was drawn. The draws are the Loader's, so that the same seed gives the
// same batches, to rounding.
#pragma once

#include <span>

#include "datasets/batch_source.h"
#include "engine/backend.h"

namespace lienet {

// On Device::cuda nobody waits. Its images' channels are innermost, and its tensors are those of
// the batch before, so that a step that is replayed finds them where it was recorded: work on a
// batch has to be issued before the next one is asked for.
class ResidentSet final : public BatchSource {
 public:
  // Whether the set's batches can be made on a device. Not those of images in files, which are
  // decoded and resized in every epoch, nor random crops, which are resized, nor those of images of
  // several classes, whose loss is partly the host's; and a block of the GPU holds an image.
  static bool can_make(const ImageSet& set, const LoaderOptions& options);

  // The context outlives it. Throws Error as the Loader does, where it cannot make the batches, and
  // where the device's memory is too small.
  ResidentSet(Context& ctx, std::shared_ptr<const ImageSet> images, const LoaderOptions& options);

  std::optional<Batch> next() override;

 private:
  void begin(uint32_t epoch, int64_t first_batch, std::vector<int64_t> order) override;
  Batch empty_batch(int64_t size);

  Context& ctx_;
  Augment augment_;
  Tensor pixels_;  // u8 [N,3,H,W]
  Tensor labels_;  // i64 [N]
  Tensor tables_;  // f32 [3,256]: Augment::tables
  Batch whole_;    // the memory of every batch but a last one that is smaller
  std::vector<int64_t> order_;
  uint32_t epoch_ = 0;
  int64_t next_;  // number
};

// Where the context's batches are made: on Device::cuda on the device, if that can be and the
// images take at most an eighth of its memory; else by a Loader.
std::unique_ptr<BatchSource> make_batch_source(Context& ctx, std::shared_ptr<const ImageSet> images,
                                               const LoaderOptions& options);

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
