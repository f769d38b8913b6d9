// Optimisers on the GPU, against those on the cpu.
#include <doctest/doctest.h>

#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "layers/conv2d.h"
#include "layers/linear.h"
#include "op_case.h"
#include "optim/adamw.h"
#include "optim/clip.h"
#include "optim/ema.h"
#include "optim/sgd.h"
#include "optim/step_moments.h"

using namespace lienet;

namespace {

// Weights, their averages and the optimiser's state after three steps with clipped gradients, and
// one that was skipped.
template <class Optimiser, class Options>
std::vector<NamedTensor> after_three_steps(Context& ctx, const Options& options) {
  Linear layer(ctx, 300, 17);
  layer.weight.value = test::random_tensor(ctx, {17, 300}, 1);
  layer.bias.value = test::random_tensor(ctx, {17}, 2);
  Optimiser optimiser(ctx, layer, options);
  Ema ema(ctx, layer, 0.9);
  Tensor skip = ctx.zeros({1}, DType::i64);
  for (uint64_t step = 0; step < 4; ++step) {
    layer.weight.gradient = test::random_tensor(ctx, {17, 300}, 3 + step);
    layer.bias.gradient = test::random_tensor(ctx, {17}, 10 + step);
    clip_gradient_norm(ctx, layer, step == 2 ? 1e6 : 3.0);
    fill(ctx, skip, step == 1 ? 5 : 0);
    optimiser.step(skip);
    ema.update();
  }
  std::vector<NamedTensor> all = layer.state();
  for (const auto& more : {ema.state(), optimiser.state()})
    all.insert(all.end(), more.begin(), more.end());
  return to_host(ctx, all);
}

template <class Optimiser, class Options>
void expect_same(const Options& options) {
  Context cpu({.device = Device::cpu}), gpu({.device = Device::cuda});
  const auto expected = after_three_steps<Optimiser>(cpu, options);
  const auto got = after_three_steps<Optimiser>(gpu, options);
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    CAPTURE(got[i].name);
    CHECK(got[i].name == expected[i].name);
    test::expect_close(cpu, got[i].tensor, expected[i].tensor, 1e-5, 1e-7);
  }
}

}  // namespace

TEST_CASE("optimisers on cuda are those on the cpu") {
  if (!test::can_do_cuda()) return;
  expect_same<Sgd>(SgdOptions{.momentum = 0.9, .weight_decay = 5e-4, .nesterov = true});
  expect_same<AdamW>(AdamWOptions{});
}

TEST_CASE("moments over steps on cuda are those on the cpu") {
  if (!test::can_do_cuda()) return;
  const auto after_three_steps = [](Device device) {
    Context ctx({.device = device});
    Conv2d layer(ctx, {.in = 20, .out = 30, .kernel = 3});
    StepMoments moments(ctx, layer, 8);
    for (uint64_t step = 0; step < 3; ++step) {
      layer.weight.gradient = test::random_tensor(ctx, {30, 20, 3, 3}, step);
      moments.add(8);
    }
    return to_host(ctx, moments.state());
  };
  Context cpu;
  const auto expected = after_three_steps(Device::cpu), got = after_three_steps(Device::cuda);
  REQUIRE(got.size() == expected.size());
  for (size_t i = 0; i < got.size(); ++i)
    test::expect_close(cpu, got[i].tensor, expected[i].tensor, 1e-5, 1e-7);
}
