#include "layers/relu.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/tensor_ops.h"
#include "layers/add_relu.h"
#include "layers/batch_norm2d.h"
#include "layers/max_pool2d.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("relu") {
  const auto op = [](Tape& t, std::span<const Value> in) { return relu(t, in[0]); };
  test::expect_correct({.op = op, .shapes = {{3, 5}}, .away_from_zero = 0.01, .activations = 1});
  test::expect_correct(
      {.op = op, .shapes = {{2, 16, 3, 5}}, .away_from_zero = 0.01, .activations = 1});
}

TEST_CASE("relu, and what ends with it or takes a maximum, let a NaN through") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Device device : {Device::ref, Device::cpu})
    for (const int64_t channels : {3, 8, 16}) {
      CAPTURE(std::string(name_of(device)));
      CAPTURE(channels);
      Context ctx({.device = device});
      const Shape one{channels}, maps{1, channels, 4, 4};
      const auto nans_of = [&](Tensor t) {
        t = as_plain(ctx, t);
        const float* values = t.data<float>();
        return std::count_if(values, values + t.size(), [](float v) { return std::isnan(v); });
      };
      Tensor x = test::random_tensor(ctx, maps, 1), zero = ctx.zeros(one), unit = ctx.empty(one);
      const Tensor other = test::random_tensor(ctx, maps, 2);
      fill(ctx, unit, 1);
      x.data<float>()[5] = nan;  // inside, and so in four windows
      x = as_layout(ctx, x, ctx.activation_layout(channels));
      CHECK(nans_of(relu(ctx, x)) == 1);
      CHECK(nans_of(add_relu(ctx, x, other)) == 1);
      BatchNormState state{zero, unit};
      CHECK(nans_of(batch_norm2d(ctx, x, unit, zero, state, false, true, nullptr)) == 1);
      CHECK(nans_of(max_pool2d(ctx, x, {2, 1, 0}, nullptr)) == 4);
    }
}
