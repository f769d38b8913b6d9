#include "datasets/augment_cuda.cuh"
#include "datasets/resident_set.h"
#include "engine/cuda/device_block.cuh"

namespace lienet::cuda {

void augment_images(Context& ctx, const Augment&, const Tensor& pixels, const Tensor& tables,
                    const Tensor& indices, const Tensor& plans, Tensor& images) {
  run(ctx, images.dim(0),
      AugmentImages{elements<uint8_t>(pixels), elements<int64_t>(indices),
                    reinterpret_cast<const AugmentPlan*>(elements<uint8_t>(plans)),
                    elements<float>(tables), static_cast<int>(images.dim(2)),
                    static_cast<int>(images.dim(3)), elements<float>(images)});
}

void take_labels(Context& ctx, const Tensor& all, const Tensor& indices, Tensor& labels) {
  run(ctx, TakeLabels{elements<int64_t>(all), elements<int64_t>(indices), labels.size(),
                      elements<int64_t>(labels)});
}

void mix_images(Context& ctx, const MixPlan& plan, Tensor& images, const Tensor& labels,
                Tensor& targets) {
  run(ctx, MixImages{plan, images.dim(0), static_cast<int>(images.dim(2)),
                     static_cast<int>(images.dim(3)), elements<float>(images)});
  run(ctx, MixTargets{plan.share, elements<int64_t>(labels), images.dim(0),
                      static_cast<int>(targets.dim(1)), elements<float>(targets)});
}

}  // namespace lienet::cuda
