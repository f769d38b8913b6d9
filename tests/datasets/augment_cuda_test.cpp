// The GPU's block programs, run on the host, against the host's own.
#include "datasets/augment_cuda.cuh"

#include <doctest/doctest.h>

#include "block_program.h"
#include "op_case.h"

using namespace lienet;

namespace {

constexpr int64_t height = 9, width = 7, plane = height * width, count = 5;

std::vector<uint8_t> some_pixels() {
  Random random({.seed = 1, .use = RandomUse::test});
  std::vector<uint8_t> pixels(static_cast<size_t>(count * 3 * plane));
  for (uint8_t& v : pixels) v = static_cast<uint8_t>(random.below(256));
  return pixels;
}

}  // namespace

TEST_CASE("the GPU augments as the host does") {
  const std::vector<uint8_t> pixels = some_pixels();
  Context ctx({.device = Device::ref});
  for (const AugmentOptions& o :
       {AugmentOptions{}, AugmentOptions{.pad = 3, .flip = true}, AugmentOptions{.cutout = 5},
        AugmentOptions{.pad = 1, .flip = true, .cutout = 2, .colour_changes = 4},
        AugmentOptions{.colour_changes = 16, .colour_strength = 0.9}}) {
    const Augment augment(o, cifar10_stats, height, width);
    const std::vector<int64_t> indices{4, 0, 2, 2, 1, 3, 0, 4};
    const auto B = static_cast<int64_t>(indices.size());
    std::vector<AugmentPlan> plans;
    Tensor expected = ctx.empty({B, 3, height, width});
    for (int64_t i = 0; i < B; ++i) {
      const RandomKey key{.seed = 7, .sample = static_cast<uint32_t>(i), .use = RandomUse::augment};
      plans.push_back(augment.plan(key));
      augment.apply(pixels.data() + indices[static_cast<size_t>(i)] * 3 * plane, key,
                    expected.data<float>() + i * 3 * plane);
    }
    std::vector<float> images(static_cast<size_t>(expected.size()));
    const cuda::AugmentImages program{
        pixels.data(), indices.data(), plans.data(), augment.tables()[0].data(),
        height,        width,          images.data()};
    test::run_program(B, program, images);
    test::expect_close(ctx, test::plain(ctx, images, expected.shape()), expected, 0, 0);
  }
}

TEST_CASE("the GPU mixes as the host does") {
  Context ctx({.device = Device::ref});
  for (const MixOptions& o : {MixOptions{.mixup = 0.4}, MixOptions{.cutmix = 1}})
    for (const int64_t B : {6, 7}) {
      const int classes = 4;
      const RandomKey key{.seed = 3, .sample = 2, .use = RandomUse::mix};
      Tensor images = test::random_tensor(ctx, {B, 3, height, width}, 1);
      Tensor labels = ctx.empty({B}, DType::i64), targets = ctx.empty({B, classes});
      for (int64_t i = 0; i < B; ++i) labels.data<int64_t>()[i] = i * i % classes;
      std::vector<float> got = test::nhwc<float>(images);
      std::vector<float> shares(static_cast<size_t>(targets.size()));
      const MixPlan plan = plan_mix(o, key, height, width);
      const cuda::MixImages program{plan, B, height, width, got.data()};
      cuda::run_on_host(program.blocks(), program);
      const cuda::MixTargets taker{plan.share, labels.data<int64_t>(), B, classes, shares.data()};
      test::run_program(taker.blocks(), taker, shares);
      mix_batch(images, labels, targets, o, key);
      test::expect_close(ctx, test::plain(ctx, got, images.shape()), images, 1e-6, 1e-6);
      CHECK(std::equal(shares.begin(), shares.end(), targets.data<float>()));
    }
}

TEST_CASE("the GPU takes a batch's labels") {
  const std::vector<int64_t> all{5, 6, 7}, indices{2, 0, 2, 1};
  std::vector<int64_t> labels(4);
  const cuda::TakeLabels program{all.data(), indices.data(), 4, labels.data()};
  test::run_program(program.blocks(), program, labels);
  CHECK(labels == std::vector<int64_t>{7, 5, 7, 6});
}
