#include "engine/tensor_ops.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "engine/error.h"

using namespace lienet;

TEST_CASE("a gradient is put together from its parts") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (const DType type : {DType::f32, DType::f64, DType::bf16}) {
    Context ctx({.device = Device::ref, .poison = true});
    const auto made = [&](std::initializer_list<double> values) {
      Tensor t = ctx.empty({static_cast<int64_t>(values.size())}, DType::f64);
      std::copy(values.begin(), values.end(), t.data<double>());
      return as_type(ctx, t, type);
    };
    const auto values = [&](const Tensor& t) {
      const Tensor wide = as_type(ctx, t, DType::f64);
      return std::vector<double>(wide.data<double>(), wide.data<double>() + wide.size());
    };
    const Tensor a = made({1, 2, 3, 4}), b = made({8, 8, 8, 8}), y = made({1, 0, -1, 0.5});
    CHECK(values(complete(ctx, a)) == std::vector<double>{1, 2, 3, 4});
    CHECK(values(complete(ctx, {a, b})) == std::vector<double>{9, 10, 11, 12});
    CHECK(values(complete(ctx, {a, {}, y})) == std::vector<double>{1, 0, 0, 4});
    CHECK(values(complete(ctx, {a, b, y})) == std::vector<double>{9, 0, 0, 12});
    CHECK(values(a) == std::vector<double>{1, 2, 3, 4});  // it is shared
    Tensor own = clone(ctx, b);
    const void* memory = own.raw();
    const Tensor in_place = complete(ctx, {a, std::move(own), y});
    CHECK(in_place.raw() == memory);
    CHECK(values(in_place) == std::vector<double>{9, 0, 0, 12});
    CHECK(std::isnan(values(complete(ctx, {made({nan}), {}, made({1})}))[0]));
    CHECK_THROWS_WITH_AS(complete(ctx, {a, {}, made({1})}),
                         ("a gradient " + a.str() + " cannot go with " + made({1}).str()).c_str(),
                         Error);
  }
}
