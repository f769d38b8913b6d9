#include "op_case.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "engine/tensor_ops.h"

using namespace lienet;

namespace {

Tensor all_of(Context& ctx, float value, float last) {
  Tensor t = ctx.empty({2, 3}, DType::f32);
  std::fill_n(t.data<float>(), 5, value);
  t.data<float>()[5] = last;
  return t;
}

}  // namespace

TEST_CASE("expect_close allows what it is told to") {
  Context ctx({.device = Device::ref});
  test::expect_close(ctx, all_of(ctx, 1, 1), all_of(ctx, 1, 1), 0, 0);
  test::expect_close(ctx, all_of(ctx, 1, 1.000001f), all_of(ctx, 1, 1), 2e-6, 0);
  test::expect_close(ctx, all_of(ctx, 1, 1e-6f), all_of(ctx, 1, 0), 0, 2e-6);
}

TEST_CASE("expect_close finds an error of 1e-6 where bits are to be the same" *
          doctest::should_fail()) {
  Context ctx({.device = Device::ref});
  test::expect_close(ctx, all_of(ctx, 1, 1.000001f), all_of(ctx, 1, 1), 0, 0);
}

TEST_CASE("expect_close finds an error of 1e-6 of a small value" * doctest::should_fail()) {
  Context ctx({.device = Device::ref});
  test::expect_close(ctx, all_of(ctx, 1e-5f, 1.1e-5f), all_of(ctx, 1e-5f, 1e-5f), 1e-4, 0);
}

TEST_CASE("an op that writes to dy is found out" * doctest::should_fail()) {
  const auto op = [](Tape& tape, std::span<const Value> in) {
    return tape.record("writes", {&in[0]}, clone(tape.context(), in[0].tensor()), 0,
                       [](Context& ctx, int, const Tensor& dy, std::span<GradSlot> d) {
                         if (d[0]) d[0].give(ctx, clone(ctx, dy));
                         Tensor writable = dy;
                         writable.data<float>()[1] = 0;
                       });
  };
  test::expect_same_on_every_backend({.op = op, .shapes = {{2, 3}}});
}
