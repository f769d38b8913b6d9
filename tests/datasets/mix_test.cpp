#include "datasets/mix.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/context.h"
#include "engine/error.h"

using namespace lienet;

TEST_CASE("mix: mixup and cutmix keep images and targets in step") {
  Context context({.device = Device::ref, .threads = 1, .poison = true});
  constexpr int64_t batch = 5, classes = 6;
  int cuts = 0;
  double shares = 0;
  for (const MixOptions& o : {MixOptions{.mixup = 0.4}, MixOptions{.cutmix = 1},
                              MixOptions{.mixup = 1, .cutmix = 1}, MixOptions{}})
    for (uint32_t step = 0; step < 60; ++step) {
      Tensor x = context.empty({batch, 3, 8, 9}, DType::f32);
      Tensor labels = context.empty({batch}, DType::i64);
      Tensor targets = context.empty({batch, classes}, DType::f32);
      const int64_t one = x.size() / batch;
      // Image i is i+1 everywhere: its mean tells the share of either partner.
      for (int64_t i = 0; i < x.size(); ++i) x.data<float>()[i] = static_cast<float>(i / one + 1);
      for (int64_t i = 0; i < batch; ++i) labels.data<int64_t>()[i] = i + 1;
      mix_batch(x, labels, targets, o, {.seed = 1, .sample = step, .use = RandomUse::mix});
      for (int64_t i = 0; i < batch; ++i) {
        double mean = 0, want = 0, sum = 0;
        for (int64_t k = 0; k < one; ++k) mean += x.data<float>()[i * one + k];
        for (int64_t c = 0; c < classes; ++c) {
          sum += targets.data<float>()[i * classes + c];
          want += static_cast<double>(c) * targets.data<float>()[i * classes + c];
        }
        CHECK(sum == doctest::Approx(1));
        CHECK(mean / static_cast<double>(one) == doctest::Approx(want));
        if (!o.on()) CHECK(want == i + 1);
      }
      const float first = x.data<float>()[0];
      cuts += o.mixup > 0 && o.cutmix > 0 && (first == 1 || first == 5);
      if (o.cutmix == 0 && o.mixup > 0) shares += targets.data<float>()[1];
    }
  CHECK(cuts > 15);
  CHECK(cuts < 45);
  CHECK(shares / 60 == doctest::Approx(0.5).epsilon(0.25));
}

TEST_CASE("mix: options that make no sense are refused") {
  CHECK_THROWS_AS(check_mix({.mixup = -1}), Error);
  CHECK_THROWS_AS(check_mix({.cutmix = std::nan("")}), Error);
}
