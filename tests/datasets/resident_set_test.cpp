#include "datasets/resident_set.h"

#include <doctest/doctest.h>

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

void expect_the_loaders_batches(Context& ctx) {
  const auto set = small_set();
  Context host;
  for (const MixOptions& mix : {MixOptions{}, MixOptions{.mixup = 0.5}, MixOptions{.cutmix = 1}}) {
    const LoaderOptions options{
        .batch = 5,
        .shuffle = true,
        .workers = 0,
        .seed = 9,
        .augment = {.pad = 2, .flip = true, .cutout = 3, .colour_changes = 2},
        .mix = mix,
        .stats = cifar10_stats};
    Loader loader(set, options);
    const ResidentSet resident(ctx, *set, options);
    loader.start(3);
    while (const auto expected = loader.next()) {
      const Batch batch = resident.make(ctx, expected->indices, 3, expected->number);
      CHECK(batch.indices == expected->indices);
      test::expect_close(host, to_host(ctx, batch.images), expected->images, 1e-6, 1e-6);
      test::expect_close(host, to_host(ctx, batch.labels), expected->labels, 0, 0);
      REQUIRE(bool(batch.targets) == mix.on());
      if (mix.on()) test::expect_close(host, to_host(ctx, batch.targets), expected->targets, 0, 0);
    }
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

TEST_CASE("a resident set names what is wrong with its images") {
  Context ctx;
  auto set = small_set();
  set->labels[3] = 5;
  CHECK_THROWS_WITH_AS(ResidentSet(ctx, *set, {}), "'small': image 3 has label 5; expected 0 to 4",
                       Error);
  set->pixels.pop_back();
  CHECK_THROWS_AS(ResidentSet(ctx, *set, {}), Error);
  CHECK_THROWS_AS(ResidentSet(ctx, *small_set(), {.augment = {.crop = 0.5}}), Error);
  ImageSet none;
  none.name = "none";
  CHECK_THROWS_WITH_AS(ResidentSet(ctx, none, {}), "'none' has no images", Error);
}
