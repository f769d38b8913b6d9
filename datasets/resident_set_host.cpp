#include <cstring>

#include "datasets/resident_set.h"

namespace lienet::host {

void augment_images(Context&, const Augment& augment, const Tensor& pixels, const Tensor&,
                    const Tensor& indices, const Tensor& plans, Tensor& images) {
  const int64_t size = pixels.size() / pixels.dim(0);
  const uint8_t* p = pixels.data<uint8_t>();
  const uint8_t* drawn = plans.data<uint8_t>();
  float* out = images.data<float>();
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < images.dim(0); ++i) {
    AugmentPlan plan;
    std::memcpy(&plan, drawn + i * plans.dim(1), sizeof(plan));
    augment.carry_out(plan, p + indices.data<int64_t>()[i] * size, out + i * size);
  }
}

void take_labels(Context&, const Tensor& all, const Tensor& indices, Tensor& labels) {
  for (int64_t i = 0; i < labels.size(); ++i)
    labels.data<int64_t>()[i] = all.data<int64_t>()[indices.data<int64_t>()[i]];
}

void mix_images(Context&, const MixPlan& plan, Tensor& images, const Tensor& labels,
                Tensor& targets) {
  mix_batch(images, labels, targets, plan);
}

}  // namespace lienet::host
