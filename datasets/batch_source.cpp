#include "datasets/batch_source.h"

#include <algorithm>
#include <numeric>

#include "engine/check.h"

namespace lienet {
namespace {

void check(const ImageSet* set, const LoaderOptions& o) {
  if (!set || set->size() == 0) fail("loader: '{}' has no images", set ? set->name : "");
  const bool complete =
      set->in_memory() ? set->pixels.size() == static_cast<size_t>(set->size()) * set->image_bytes()
                       : std::ssize(set->files) == set->size();
  if (set->classes < 1 || !complete)
    fail("loader: '{}' has {} classes, {} bytes and {} files for {} images of 3x{}x{}", set->name,
         set->classes, set->pixels.size(), set->files.size(), set->size(), set->height, set->width);
  if (set->multi_label() && std::ssize(set->tags) != set->size() * set->classes)
    fail("loader: '{}' has {} tags for {} images and {} classes", set->name, set->tags.size(),
         set->size(), set->classes);
  if (set->multi_label() && o.mix.on())
    fail(
        "loader: '{}': images that show several classes cannot be mixed; mixup and cutmix are for "
        "others",
        set->name);
  if (set->size() > UINT32_MAX)
    fail("loader: '{}' has {} images; expected fewer than 2^32", set->name, set->size());
  if (o.batch < 1 || o.batch > (int64_t{1} << 24))
    fail("loader: batch is {}; expected 1 to {}", o.batch, int64_t{1} << 24);
  if (o.drop_last && set->size() < o.batch)
    fail("loader: '{}' has {} images, less than one batch of {}, and the last is dropped",
         set->name, set->size(), o.batch);
  if (o.workers < 0 || o.workers > 1024) fail("loader: {} workers; expected 0 to 1024", o.workers);
  if (o.prefetch < 1) fail("loader: prefetch is {}; expected 1 or more", o.prefetch);
  check_mix(o.mix);
}

}  // namespace

BatchSource::BatchSource(std::shared_ptr<const ImageSet> set, const LoaderOptions& options)
    : set_(std::move(set)), options_(options) {
  check(set_.get(), options_);
}

int64_t BatchSource::batches() const {
  const int64_t n = set_->size(), batch = options_.batch;
  return options_.drop_last ? n / batch : (n + batch - 1) / batch;
}

int64_t BatchSource::size_of_batch(int64_t number) const {
  return std::min(options_.batch, set_->size() - number * options_.batch);
}

void BatchSource::start(uint32_t epoch, int64_t first_batch) {
  if (first_batch < 0 || first_batch > batches())
    fail("loader: epoch cannot start at batch {} of {}", first_batch, batches());
  std::vector<int64_t> order;
  if (options_.shuffle) {
    order = shuffled(set_->size(), options_.seed, epoch);
  } else {
    order.resize(static_cast<size_t>(set_->size()));
    std::iota(order.begin(), order.end(), int64_t{0});
  }
  begin(epoch, first_batch, std::move(order));
}

std::vector<int64_t> shuffled(int64_t n, uint64_t seed, uint32_t epoch) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  Random random({.seed = seed, .epoch = epoch, .use = RandomUse::shuffle});
  for (size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[random.below(static_cast<uint32_t>(i))]);
  return order;
}

}  // namespace lienet
