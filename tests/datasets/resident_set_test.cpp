#include "datasets/resident_set.h"

#include <doctest/doctest.h>

#include "datasets/loader.h"
#include "engine/error.h"
#include "engine/transfer.h"
#include "op_case.h"

using namespace lienet;

namespace {

std::shared_ptr<ImageSet> small_set() {
  auto set = std::make_shared<ImageSet>();
  set->name = "small";
  set->height = 8, set->width = 6, set->classes = 5;
  Random random({.seed = 1, .use = RandomUse::test});
  for (int i = 0; i < 13; ++i) set->labels.push_back(i % 5);
  set->pixels.resize(13 * set->image_bytes());
  for (uint8_t& v : set->pixels) v = static_cast<uint8_t>(random.below(256));
  return set;
}

LoaderOptions recipe(const MixOptions& mix = {}) {
  return {.batch = 5,
          .shuffle = true,
          .workers = 0,
          .seed = 9,
          .augment = {.pad = 2, .flip = true, .cutout = 3, .colour_changes = 2},
          .mix = mix,
          .stats = cifar10_stats};
}

// Of an epoch from one of its batches on: two whole ones, and a last one of 3 images.
void expect_equal_epochs(Context& ctx, BatchSource& a, BatchSource& b, uint32_t epoch,
                         int64_t first) {
  Context host;
  a.start(epoch, first);
  b.start(epoch, first);
  int64_t seen = 0;
  while (const auto expected = b.next()) {
    const auto batch = a.next();
    REQUIRE(batch);
    ++seen;
    CHECK(batch->indices == expected->indices);
    CHECK(batch->number == expected->number);
    test::expect_close(host, to_host(ctx, batch->images), expected->images, 1e-6, 1e-6);
    test::expect_close(host, to_host(ctx, batch->labels), expected->labels, 0, 0);
    REQUIRE(bool(batch->targets) == bool(expected->targets));
    if (batch->targets)
      test::expect_close(host, to_host(ctx, batch->targets), expected->targets, 0, 0);
  }
  CHECK(!a.next());
  CHECK(seen == 3 - first);
}

void expect_the_loaders_batches(Context& ctx) {
  const auto set = small_set();
  for (const MixOptions& mix : {MixOptions{}, MixOptions{.mixup = 0.5}, MixOptions{.cutmix = 1}}) {
    Loader loader(set, recipe(mix));
    ResidentSet resident(ctx, set, recipe(mix));
    CHECK(resident.batches() == 3);
    for (const uint32_t epoch : {0, 3}) expect_equal_epochs(ctx, resident, loader, epoch, 0);
    expect_equal_epochs(ctx, resident, loader, 4, 1);
    (void)(resident.start(5), resident.next());  // left after one batch
    expect_equal_epochs(ctx, resident, loader, 6, 0);
  }
}

}  // namespace

TEST_CASE("a resident set makes the loader's batches") {
  Context cpu;
  expect_the_loaders_batches(cpu);
  if (!test::can_do_cuda()) return;
  Context gpu({.device = Device::cuda});
  expect_the_loaders_batches(gpu);
}

TEST_CASE("a resident set's batches lie where a recorded step reads them") {
  Context ctx;
  ResidentSet resident(ctx, small_set(), recipe({.mixup = 0.5}));
  resident.start(0);
  const auto first = resident.next(), second = resident.next(), last = resident.next();
  REQUIRE(last);
  CHECK(second->images.shares_storage(first->images));
  CHECK(second->labels.shares_storage(first->labels));
  CHECK(second->targets.shares_storage(first->targets));
  CHECK(last->images.dim(0) == 3);
  CHECK(!last->images.shares_storage(first->images));
}

TEST_CASE("what a device cannot make comes from the loader") {
  Context ctx;
  const auto set = small_set();
  CHECK(ResidentSet::can_make(*set, recipe({.cutmix = 1})));
  CHECK(!ResidentSet::can_make(*set, {.augment = {.crop = 0.5}}));
  ImageSet tagged = *set, large = *set, in_files = *set;
  tagged.tags.resize(13 * 5);
  CHECK(!ResidentSet::can_make(tagged, {}));
  large.height = 2731;  // times 6 times 3: 49158 bytes
  CHECK(!ResidentSet::can_make(large, {}));
  in_files.files.resize(13);
  CHECK(!ResidentSet::can_make(in_files, {}));
  // The host's own batches are made by it, and so are those of a context without a device.
  CHECK(dynamic_cast<Loader*>(make_batch_source(ctx, set, recipe()).get()));
  if (!test::can_do_cuda()) return;
  Context gpu({.device = Device::cuda});
  CHECK(dynamic_cast<ResidentSet*>(make_batch_source(gpu, set, recipe()).get()));
  LoaderOptions cropping = recipe();
  cropping.augment.crop = 0.5;
  CHECK(dynamic_cast<Loader*>(make_batch_source(gpu, set, cropping).get()));
}

TEST_CASE("a resident set names what is wrong with its images") {
  Context ctx;
  auto set = small_set();
  const auto made = [&](const LoaderOptions& o) { ResidentSet(ctx, set, o); };
  CHECK_THROWS_WITH_AS(made({.augment = {.crop = 0.5}}),
                       "'small' cannot lie on the device: images in files, large ones, several "
                       "classes to an image and random resized crops need the loader",
                       Error);
  CHECK_THROWS_AS(made({.batch = 0}), Error);
  CHECK_THROWS_AS(ResidentSet(ctx, set, {}).next(), Error);
  set->labels[3] = 5;
  CHECK_THROWS_WITH_AS(made({}), "'small': image 3 has label 5; expected 0 to 4", Error);
  set->pixels.pop_back();
  CHECK_THROWS_AS(made({}), Error);
  set = std::make_shared<ImageSet>();
  CHECK_THROWS_AS(made({}), Error);
}
