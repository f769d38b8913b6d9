#include "engine/tensor_ops.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "engine/error.h"
#include "engine/transfer.h"
#include "op_case.h"

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

TEST_CASE("nhwc keeps channels side by side, whatever their number") {
  Context ctx;
  Tensor t = ctx.empty({2, 3, 2, 5}, DType::f32);
  for (int64_t i = 0; i < t.size(); ++i) t.data<float>()[i] = static_cast<float>(i);
  const Tensor inner = as_layout(ctx, t, Layout::nhwc);
  CHECK(inner.str() == "f32 [2, 3, 2, 5] nhwc");
  for (int64_t n = 0, at = 0; n < 2; ++n)
    for (int64_t h = 0; h < 2; ++h)
      for (int64_t w = 0; w < 5; ++w)
        for (int64_t c = 0; c < 3; ++c, ++at)
          CHECK(inner.data<float>()[at] == static_cast<float>(((n * 3 + c) * 2 + h) * 5 + w));
  test::expect_close(ctx, as_plain(ctx, inner), t, 0, 0);
  CHECK(ctx.empty({0, 0, 3, 3}, DType::f32, Layout::nhwc).size() == 0);
}

TEST_CASE("values keep their bits from type to type where these can hold them") {
  Context ctx;
  const Tensor t = test::random_tensor(ctx, {2, 16, 3, 5}, 1);
  for (const DType narrow : {DType::bf16, DType::f16})
    for (const Layout layout : {Layout::plain, Layout::nhwc, Layout::nChw16c}) {
      const Tensor rounded = convert(ctx, t, narrow, layout);
      test::expect_close(ctx, rounded, t, narrow == DType::bf16 ? 0x1p-8 : 0x1p-11, 0x1p-25);
      const Tensor back =
          convert(ctx, convert(ctx, rounded, DType::f64, Layout::plain), narrow, Layout::plain);
      test::expect_close(ctx, back, rounded, 0, 0);
    }
}

TEST_CASE("what is not finite is counted, tensor by tensor") {
  Context ctx;
  std::vector<Tensor> tensors;
  for (int i = 0; i < 3; ++i) tensors.push_back(test::random_tensor(ctx, {5, 1000}, 1));
  tensors[1].data<float>()[4999] = std::numeric_limits<float>::infinity();
  tensors[1].data<float>()[7] = std::numeric_limits<float>::quiet_NaN();
  const Tensor counts = count_non_finite(ctx, tensors);
  CHECK(counts.shape() == Shape{3});
  CHECK(counts.data<int64_t>()[0] == 0);
  CHECK(counts.data<int64_t>()[1] == 2);
  CHECK(counts.data<int64_t>()[2] == 0);
  CHECK(count_non_finite(ctx, tensors[1]) == 2);
  CHECK(count_non_finite(ctx, std::span<const Tensor>()).size() == 0);
}

TEST_CASE("store writes numbers, as many as there are elements") {
  Context ctx;
  Tensor t = ctx.empty({3}, DType::f64);
  store(ctx, t, {0.5, -1, 1e300});
  CHECK(t.data<double>()[2] == 1e300);
  CHECK_THROWS_AS(store(ctx, t, {1}), Error);
}

TEST_CASE("on the host nothing is moved") {
  Context ctx;
  const Tensor t = test::random_tensor(ctx, {3}, 1);
  CHECK(to_host(ctx, t).shares_storage(t));
  CHECK(to_device(ctx, t).shares_storage(t));
  const Reading reading = read_later(ctx, t);
  CHECK(reading.ready());
  CHECK(reading.wait().shares_storage(t));
}

TEST_CASE("tensors travel to the device and back") {
  if (!test::can_do_cuda()) return;
  Context ctx({.device = Device::cuda, .poison = true}), host;
  for (const Layout layout : {Layout::plain, Layout::nhwc}) {
    const Tensor t = convert(host, test::random_tensor(host, {2, 5, 3, 4}, 1), DType::f32, layout);
    const Tensor there = to_device(ctx, t);
    CHECK(!there.on_host());
    CHECK_THROWS_AS(there.data<float>(), Error);
    test::expect_close(ctx, there, t, 0, 0);
    for (const DType type : {DType::f32, DType::bf16, DType::f16})
      for (const Layout other : {Layout::plain, Layout::nhwc})
        test::expect_close(ctx, convert(ctx, there, type, other), convert(host, t, type, other), 0,
                           0);
  }
  Tensor numbers = ctx.empty({2}, DType::f64);
  store(ctx, numbers, {3, -0.25});
  CHECK(to_host(ctx, numbers).data<double>()[1] == -0.25);
}
