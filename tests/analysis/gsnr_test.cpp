#include "analysis/gsnr.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/softmax_cross_entropy.h"
#include "models/resnet.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("gsnr: of (w - x)^2 / 2 at w = 5 over x = 0, 1, 2, 3") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  GradientMoments m{"w", ctx.empty({2}), ctx.empty({2})};
  m.mean.data<double>()[0] = 3.5;
  m.variance.data<double>()[0] = 1.25;
  m.mean.data<double>()[1] = m.variance.data<double>()[1] = 0;  // never varies: does not count
  CHECK(gsnr(m) == 9.8);
}

TEST_CASE("gsnr: the mean over samples is the batch's gradient; a sample repeated never varies") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .seed = 3, .poison = true});
  ResNet net(ctx, {.depths = {1, 1}, .width = 4, .classes = 5});
  const Tensor x = test::random_tensor(ctx, {3, 3, 8, 8}, 4);
  Tensor labels = ctx.zeros({3}, DType::i64);
  labels.data<int64_t>()[1] = 3;
  const std::vector<GradientMoments> moments = gradient_moments(ctx, net, x, labels);
  for (const Parameter* p : net.parameters()) CHECK(!p->gradient);
  Tape tape = Tape::evaluation(ctx);
  backward(tape, softmax_cross_entropy(tape, net(tape, tape.constant(x)), labels));
  size_t i = 0;
  net.visit_parameters([&](const std::string& path, Parameter& p) {
    if (p.value.shape().rank() != 4) return;
    REQUIRE(i < moments.size());
    CHECK(moments[i].name == path);
    test::expect_close(ctx, moments[i].mean, p.gradient, 1e-10, 1e-14);
    double largest = 0;
    for (int64_t k = 0; k < p.value.size(); ++k)
      largest = std::max(largest, moments[i].variance.data<double>()[k]);
    CHECK(largest > 0);
    ++i;
  });
  CHECK(i == moments.size());
  Tensor twice = ctx.empty({2, 3, 8, 8});
  for (const int64_t at : {int64_t{0}, twice.size() / 2})
    std::copy_n(x.data<double>(), twice.size() / 2, twice.data<double>() + at);
  for (const GradientMoments& m : gradient_moments(ctx, net, twice, ctx.zeros({2}, DType::i64)))
    CHECK(gsnr(m) == 0);
}

TEST_CASE("gsnr: inhibition counts where asked for") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .seed = 3});
  ResNet net(ctx, {.depths = {1, 1, 1}, .width = 4, .classes = 5});
  net.inhibit_blocks(Inhibition::parse("paper,sets=4"));
  const Tensor x = test::random_tensor(ctx, {2, 3, 8, 8}, 4);
  const Tensor labels = ctx.zeros({2}, DType::i64);
  const auto first = [&](bool inhibit) {
    return gsnr(gradient_moments(ctx, net, x, labels, inhibit).front());
  };
  CHECK(first(true) != first(false));
  // Of equal samples random masks are not.
  Tensor twice = ctx.empty({2, 3, 8, 8});
  for (const int64_t at : {int64_t{0}, twice.size() / 2})
    std::copy_n(x.data<double>(), twice.size() / 2, twice.data<double>() + at);
  net.inhibit_blocks(Inhibition::parse("paper,sets=4,mode=random"));
  CHECK(gsnr(gradient_moments(ctx, net, twice, labels, true).front()) > 0);
  CHECK_THROWS_AS(gradient_moments(ctx, net, x, ctx.zeros({3}, DType::i64)), Error);
  net.freeze();
  CHECK_THROWS_AS(gradient_moments(ctx, net, x, labels), Error);
}

namespace {

// What a logit is made of: one 1x1 convolution over maps of one position, so that the gradient of a
// sample is that of a linear classifier.
struct LinearToy : Layer {
  explicit LinearToy(Context& ctx) : conv(ctx, {.in = 3, .out = 4, .kernel = 1, .bias = false}) {
    add_child("conv", conv);
    conv.weight.value = test::random_tensor(ctx, {4, 3, 1, 1}, 8);
  }
  Value forward(Tape& tape, const Value& x) override {
    return global_avg_pool(tape, conv(tape, x));
  }
  Conv2d conv;
};

}  // namespace

TEST_CASE("gsnr: of mini-batches it is that of samples, as far as chance lets it") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  LinearToy toy(ctx);
  constexpr int64_t steps = 200, m = 8, all = steps * m;
  const Tensor x = test::random_tensor(ctx, {all, 3, 1, 1}, 5, 0, 1);
  Tensor labels = ctx.zeros({all}, DType::i64);
  for (int64_t i = 0; i < all; ++i) labels.data<int64_t>()[i] = i * i % 4;
  const std::vector<GradientMoments> exact = gradient_moments(ctx, toy, x, labels);
  REQUIRE(exact.size() == 1);
  CHECK(exact[0].layer() == "conv");
  StepMoments over_steps(ctx, toy, m);
  for (int64_t s = 0; s < steps; ++s) {
    Tensor images = ctx.empty({m, 3, 1, 1}), targets = ctx.empty({m}, DType::i64);
    std::copy_n(x.data<double>() + s * m * 3, m * 3, images.data<double>());
    std::copy_n(labels.data<int64_t>() + s * m, m, targets.data<int64_t>());
    Tape tape = Tape::training(ctx);
    toy.zero_gradients();
    backward(tape, softmax_cross_entropy(tape, toy(tape, tape.constant(images)), targets));
    over_steps.add(m);
  }
  const std::vector<GradientMoments> estimate = gradient_moments(over_steps);
  REQUIRE(estimate.size() == 1);
  CHECK(estimate[0].name == "conv.weight");
  // The mean of equal batches' means is the mean of all; the variance is one of 200 numbers, whose
  // relative error is sqrt(2 / 200) = 0.1, averaged over 12 weights.
  test::expect_close(ctx, estimate[0].mean, exact[0].mean, 1e-10, 1e-14);
  CHECK(gsnr(estimate[0]) == doctest::Approx(gsnr(exact[0])).epsilon(0.15));
  CHECK(gsnr(exact[0]) > 0.01);
}
