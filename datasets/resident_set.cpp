#include "datasets/resident_set.h"

#include <algorithm>
#include <cstring>

#include "engine/dispatch.h"
#include "engine/transfer.h"

namespace lienet {
namespace {

// What the Loader checks before it makes a batch, and what it can do and this cannot.
const ImageSet& checked(const ImageSet& set, const LoaderOptions& options) {
  if (set.size() == 0) fail("'{}' has no images", set.name);
  if (!set.in_memory() || set.multi_label() || options.augment.crop > 0)
    fail(
        "'{}' cannot lie on the device: images in files, several classes to an image and random "
        "resized crops need the loader",
        set.name);
  if (set.pixels.size() != static_cast<size_t>(set.size()) * set.image_bytes())
    fail("'{}' has {} bytes for {} images of 3x{}x{}", set.name, set.pixels.size(), set.size(),
         set.height, set.width);
  for (size_t i = 0; i < set.labels.size(); ++i)
    if (const int32_t label = set.labels[i]; label < 0 || label >= set.classes)
      fail("'{}': image {} has label {}; expected 0 to {}", set.name, i, label, set.classes - 1);
  check_mix(options.mix);
  return set;
}

// These values, in the device's memory.
template <class T>
Tensor placed(Context& ctx, const Shape& shape, const T* values) {
  Tensor t = ctx.empty_on_host(shape, dtype_of<T>);
  std::memcpy(t.raw(), values, t.bytes());
  return to_device(ctx, t);
}

}  // namespace

ResidentSet::ResidentSet(Context& ctx, const ImageSet& set, const LoaderOptions& options)
    : seed_(options.seed),
      images_(checked(set, options).size()),
      classes_(set.classes),
      mix_(options.mix),
      augment_(options.augment, options.stats, set.height, set.width),
      pixels_(placed(ctx, {images_, 3, set.height, set.width}, set.pixels.data())),
      labels_(placed(ctx, {images_},
                     std::vector<int64_t>(set.labels.begin(), set.labels.end()).data())),
      tables_(placed(ctx, {3, 256}, augment_.tables()[0].data())) {}

Batch ResidentSet::make(Context& ctx, std::vector<int64_t> indices, uint32_t epoch,
                        int64_t number) const {
  const int64_t count = std::ssize(indices), bytes = sizeof(AugmentPlan);
  Tensor plans = ctx.empty_on_host({count, bytes}, DType::u8);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t image = indices[static_cast<size_t>(i)];
    LIENET_CHECK(image >= 0 && image < images_, "image {} of {}", image, images_);
    const AugmentPlan plan =
        augment_.plan({seed_, epoch, static_cast<uint32_t>(image), RandomUse::augment, 0});
    std::memcpy(plans.data<uint8_t>() + i * bytes, &plan, sizeof(plan));
  }
  const Tensor places = placed(ctx, {count}, indices.data());
  Batch batch;
  batch.images = ctx.empty({count, 3, augment_.height(), augment_.width()}, DType::f32,
                           ctx.device() == Device::cuda ? Layout::nhwc : Layout::plain);
  batch.labels = ctx.empty({count}, DType::i64);
  LIENET_HOST_OR_CUDA(ctx, augment_images)
  (ctx, augment_, pixels_, tables_, places, to_device(ctx, plans), batch.images);
  LIENET_HOST_OR_CUDA(ctx, take_labels)(ctx, labels_, places, batch.labels);
  if (mix_.on()) {
    batch.targets = ctx.empty({count, classes_}, DType::f32);
    const MixPlan plan =
        plan_mix(mix_, {seed_, epoch, static_cast<uint32_t>(number), RandomUse::mix, 0},
                 augment_.height(), augment_.width());
    LIENET_HOST_OR_CUDA(ctx, mix_images)(ctx, plan, batch.images, batch.labels, batch.targets);
  }
  batch.indices = std::move(indices);
  batch.number = number;
  return batch;
}

}  // namespace lienet

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
