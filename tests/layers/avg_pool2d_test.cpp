#include "layers/avg_pool2d.h"

#include <doctest/doctest.h>

#include <numeric>

#include "engine/error.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("avg_pool2d") {
  for (const Pool2dOptions& window :
       {Pool2dOptions{}, Pool2dOptions{3, 2, 1}, Pool2dOptions{3, 1, 0}, Pool2dOptions{2, 3, 1}})
    for (const bool count_include_pad : {true, false}) {
      const AvgPool2dOptions o{window, count_include_pad};
      const auto op = [=](Tape& t, std::span<const Value> in) { return avg_pool2d(t, in[0], o); };
      test::expect_correct({.op = op, .shapes = {{2, 3, 7, 5}}, .activations = 1});
      test::expect_correct({.op = op, .shapes = {{2, 16, 5, 6}}, .activations = 1});
      test::expect_same_on_every_backend({.op = op, .shapes = {{3, 24, 9, 11}}, .activations = 1});
    }
}

TEST_CASE("avg_pool2d: PyTorch gives the same means of 1, 2, ..., 20") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  Tensor x = ctx.empty({1, 1, 4, 5});
  std::iota(x.data<double>(), x.data<double>() + 20, 1.0);
  const auto check = [&](const AvgPool2dOptions& options, const std::vector<double>& expected) {
    const Tensor y = avg_pool2d(ctx, x, options, nullptr);
    REQUIRE(y.size() == static_cast<int64_t>(expected.size()));
    for (size_t i = 0; i < expected.size(); ++i)
      CHECK(y.data<double>()[i] == doctest::Approx(expected[i]));
  };
  check({}, {4, 6, 14, 16});
  check({.window = {3, 2, 1}}, {16.0 / 9, 33.0 / 9, 28.0 / 9, 69.0 / 9, 117.0 / 9, 87.0 / 9});
  check({.window = {3, 2, 1}, .count_include_pad = false}, {4, 5.5, 7, 11.5, 13, 14.5});
}

TEST_CASE("avg_pool2d names what is out of range") {
  Context ctx;
  const auto of = [&](const Shape& shape, const Pool2dOptions& window) {
    avg_pool2d(ctx, ctx.zeros(shape), {.window = window}, nullptr);
  };
  CHECK_THROWS_WITH_AS(of({1, 1, 4, 4}, {2, 2, 2}),
                       "avg_pool2d: kernel 2, stride 2, padding 2: out of range", Error);
  CHECK_THROWS_WITH_AS(of({1, 1, 4, 4}, {2, 0, 0}),
                       "avg_pool2d: kernel 2, stride 0, padding 0: out of range", Error);
  CHECK_THROWS_WITH_AS(of({1, 1, 4, 1}, {2, 2, 0}),
                       "avg_pool2d: x f32 [1, 1, 4, 1] is smaller than the kernel 2", Error);
  CHECK_THROWS_WITH_AS(of({1, 1, 0, 4}, {2, 2, 1}),
                       "avg_pool2d: x f32 [1, 1, 0, 4] is smaller than the kernel 2", Error);
  CHECK_THROWS_WITH_AS(of({1, 4}, {}), "avg_pool2d: x f32 [1, 4]; expected [N, C, H, W]", Error);
}
