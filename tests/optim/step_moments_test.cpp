#include "optim/step_moments.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "layers/conv2d.h"
#include "op_case.h"
#include "two_parameters.h"

using namespace lienet;
using test::values_of;

namespace {

// One convolution of two weights, with a bias, which does not count.
struct Convolution {
  Convolution()
      : ctx({.device = Device::ref, .dtype = DType::f64}),
        layer(ctx, {.in = 2, .out = 1, .kernel = 1}),
        moments(ctx, layer, 4) {}

  void step(double a, double b, int64_t images = 4, const Tensor& skip = {}) {
    layer.weight.gradient = ctx.empty({1, 2, 1, 1});
    layer.weight.gradient.data<double>()[0] = a;
    layer.weight.gradient.data<double>()[1] = b;
    moments.add(images, skip);
  }

  Context ctx;
  Conv2d layer;
  StepMoments moments;
};

}  // namespace

TEST_CASE("moments over steps: mean and variance; other batches and skipped steps do not count") {
  Convolution c;
  for (const double x : {0.0, 1.0, 2.0, 3.0}) {
    c.step(5 - x, -7);
    c.step(100, 100, 3);
  }
  Tensor skip = c.ctx.zeros({1}, DType::i64);
  *skip.data<int64_t>() = 2;
  c.step(100, 100, 4, skip);
  CHECK(c.moments.steps() == 4);
  const auto moments = c.moments.moments();
  REQUIRE(moments.size() == 1);
  CHECK(moments[0].name == "weight");
  CHECK(values_of(moments[0].mean) == std::vector<double>{3.5, -7});
  CHECK(values_of(moments[0].variance) == std::vector<double>{1.25, 0});
  c.moments.restart();
  CHECK(c.moments.steps() == 0);
  CHECK(values_of(c.moments.moments()[0].variance) == std::vector<double>{0, 0});
  *skip.data<int64_t>() = 0;
  c.step(1, 2, 4, skip);
  CHECK(values_of(c.moments.moments()[0].mean) == std::vector<double>{1, 2});
}

TEST_CASE("moments over steps go on from a copy of their state") {
  Convolution first, second;
  first.step(1, 2);
  first.step(4, 8);
  const std::vector<NamedTensor> from = first.moments.state();
  std::vector<NamedTensor> to = second.moments.state();
  REQUIRE(from.size() == 3);
  CHECK(from[0].name == "gsnr.mean.weight");
  CHECK(from[1].name == "gsnr.squares.weight");
  CHECK(from[2].name == "gsnr.steps");
  for (size_t i = 0; i < from.size(); ++i) copy(first.ctx, from[i].tensor, to[i].tensor);
  for (Convolution* c : {&first, &second}) c->step(-3, 0.1);
  CHECK(first.moments.steps() == 3);
  for (size_t i = 0; i < from.size(); ++i)
    CHECK(values_of(from[i].tensor) == values_of(to[i].tensor));
}

TEST_CASE("moments over steps: in floats, over several threads") {
  Context ctx({.threads = 2});
  Conv2d layer(ctx, {.in = 40, .out = 50, .kernel = 3});
  StepMoments moments(ctx, layer, 1);
  const int64_t n = layer.weight.value.size();
  std::vector<double> sum(static_cast<size_t>(n)), squares(static_cast<size_t>(n));
  for (uint64_t step = 0; step < 5; ++step) {
    layer.weight.gradient = test::random_tensor(ctx, layer.weight.value.shape(), step);
    moments.add(1);
    for (size_t i = 0; i < sum.size(); ++i) {
      const double g = layer.weight.gradient.data<float>()[i];
      sum[i] += g;
      squares[i] += g * g;
    }
  }
  const auto [name, mean, variance] = moments.moments()[0];
  double largest = 0;
  for (size_t i = 0; i < sum.size(); ++i) {
    const double m = sum[i] / 5;
    largest = std::max({largest, std::abs(mean.data<double>()[i] - m),
                        std::abs(variance.data<double>()[i] - (squares[i] / 5 - m * m))});
  }
  CHECK(largest < 1e-6);
}

TEST_CASE("moments over steps: a frozen weight has no gradient") {
  Convolution c;
  CHECK_THROWS_WITH_AS(c.moments.add(4), "moments: weight is frozen; it has no gradient", Error);
}
