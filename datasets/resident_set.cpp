#include "datasets/resident_set.h"

#include <algorithm>
#include <cstring>

#include "datasets/loader.h"
#include "engine/cuda/device.h"
#include "engine/dispatch.h"
#include "engine/transfer.h"

namespace lienet {
namespace {

// What the Loader checks when it makes a batch, and what it can do and this cannot.
const ImageSet& checked(const ImageSet& set, const LoaderOptions& options) {
  if (!ResidentSet::can_make(set, options))
    fail(
        "'{}' cannot lie on the device: images in files, large ones, several classes to an image "
        "and random resized crops need the loader",
        set.name);
  for (size_t i = 0; i < set.labels.size(); ++i)
    if (const int32_t label = set.labels[i]; label < 0 || label >= set.classes)
      fail("'{}': image {} has label {}; expected 0 to {}", set.name, i, label, set.classes - 1);
  return set;
}

// These values, in the device's memory.
template <class T>
Tensor placed(Context& ctx, const Shape& shape, const T* values) {
  Tensor t = ctx.empty_on_host(shape, dtype_of<T>);
  std::memcpy(t.raw(), values, t.bytes());
  return to_device(ctx, t);
}

// All of them, without a copy in pinned memory on the way: they stay where they are.
Tensor pixels_of(Context& ctx, const ImageSet& set) {
  Tensor pixels = ctx.empty({set.size(), 3, set.height, set.width}, DType::u8);
  if (pixels.on_host())
    std::memcpy(pixels.raw(), set.pixels.data(), pixels.bytes());
  else
    cuda::copy_bytes(ctx.stream(), set.pixels.data(), pixels.raw(), pixels.bytes());
  return pixels;
}

}  // namespace

bool ResidentSet::can_make(const ImageSet& set, const LoaderOptions& options) {
  constexpr size_t most_bytes = 48 << 10;  // of an image: shared memory that every block has
  return set.in_memory() && !set.multi_label() && options.augment.crop == 0 &&
         set.image_bytes() <= most_bytes;
}

ResidentSet::ResidentSet(Context& ctx, std::shared_ptr<const ImageSet> images,
                         const LoaderOptions& options)
    : BatchSource(std::move(images), options),
      ctx_(ctx),
      augment_(options.augment, options.stats, set().height, set().width),
      pixels_(pixels_of(ctx, checked(set(), options))),
      labels_(placed(ctx, {set().size()},
                     std::vector<int64_t>(set().labels.begin(), set().labels.end()).data())),
      tables_(placed(ctx, {3, 256}, augment_.tables()[0].data())),
      whole_(empty_batch(size_of_batch(0))),
      next_(batches()) {}

Batch ResidentSet::empty_batch(int64_t size) {
  const Layout layout = ctx_.device() == Device::cuda ? Layout::nhwc : Layout::plain;
  Batch batch;
  batch.images = ctx_.empty({size, 3, augment_.height(), augment_.width()}, DType::f32, layout);
  batch.labels = ctx_.empty({size}, DType::i64);
  if (options().mix.on()) batch.targets = ctx_.empty({size, set().classes}, DType::f32);
  return batch;
}

void ResidentSet::begin(uint32_t epoch, int64_t first_batch, std::vector<int64_t> order) {
  order_ = std::move(order);
  epoch_ = epoch;
  next_ = first_batch;
}

std::optional<Batch> ResidentSet::next() {
  LIENET_CHECK(!order_.empty(), "resident set: next() before start()");
  if (next_ == batches()) return std::nullopt;
  const int64_t count = size_of_batch(next_), bytes = sizeof(AugmentPlan);
  const uint64_t seed = options().seed;
  Batch batch = count == size_of_batch(0) ? whole_ : empty_batch(count);
  const auto first = order_.begin() + next_ * options().batch;
  batch.indices.assign(first, first + count);
  batch.number = next_++;
  Tensor plans = ctx_.empty_on_host({count, bytes}, DType::u8);
  for (int64_t i = 0; i < count; ++i) {
    const auto image = static_cast<uint32_t>(batch.indices[static_cast<size_t>(i)]);
    const AugmentPlan plan = augment_.plan({seed, epoch_, image, RandomUse::augment, 0});
    std::memcpy(plans.data<uint8_t>() + i * bytes, &plan, sizeof(plan));
  }
  const Tensor places = placed(ctx_, {count}, batch.indices.data());
  LIENET_HOST_OR_CUDA(ctx_, augment_images)
  (ctx_, augment_, pixels_, tables_, places, to_device(ctx_, plans), batch.images);
  LIENET_HOST_OR_CUDA(ctx_, take_labels)(ctx_, labels_, places, batch.labels);
  if (batch.targets) {
    const auto number = static_cast<uint32_t>(batch.number);
    const MixPlan plan = plan_mix(options().mix, {seed, epoch_, number, RandomUse::mix, 0},
                                  augment_.height(), augment_.width());
    LIENET_HOST_OR_CUDA(ctx_, mix_images)(ctx_, plan, batch.images, batch.labels, batch.targets);
  }
  return batch;
}

std::unique_ptr<BatchSource> make_batch_source(Context& ctx, std::shared_ptr<const ImageSet> images,
                                               const LoaderOptions& options) {
  constexpr size_t share = 8;
  if (ctx.device() == Device::cuda && ResidentSet::can_make(*images, options) &&
      images->pixels.size() <= cuda::memory_size() / share)
    return std::make_unique<ResidentSet>(ctx, std::move(images), options);
  return std::make_unique<Loader>(std::move(images), options);
}

}  // namespace lienet
