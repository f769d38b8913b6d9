#include "layers/conv2d.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "engine/cpu/isa.h"
#include "engine/error.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "op_case.h"

using namespace lienet;

namespace {

void check(const Conv2dOptions& o, const Shape& x, const Shape& w, bool bias, double atol = 1e-5,
           bool winograd = true) {
  const auto op = [=](Tape& t, std::span<const Value> in) {
    return conv2d(t, in[0], in[1], bias ? in[2] : Value(), o);
  };
  test::OpCase c{.op = op, .shapes = {x, w}};
  if (bias) c.shapes.push_back({w[0]});
  c.depth = std::max(w[1] * w[2] * w[3], x[0] * x[2] * x[3]);
  c.atol = atol;
  c.activations = 1;
  c.winograd = winograd;
  test::expect_same_on_every_backend(c);
  if (x.size() * w.size() < 100000) test::expect_gradients(c);
}

}  // namespace

TEST_CASE("conv2d") {
  check({}, {2, 3, 5, 4}, {4, 3, 1, 1}, true);
  check({.padding = 1}, {2, 3, 7, 5}, {5, 3, 3, 3}, true);
  check({.stride = 2, .padding = 1}, {2, 4, 7, 6}, {6, 4, 3, 3}, false);
  check({.stride = 2, .padding = 3}, {1, 3, 13, 11}, {8, 3, 7, 7}, false);
  check({.padding = 2, .dilation = 2}, {2, 3, 7, 8}, {4, 3, 3, 3}, true);
  check({.padding = 1, .groups = 2}, {2, 4, 5, 6}, {6, 2, 3, 3}, true);
  check({.padding = 1, .groups = 5}, {2, 5, 5, 4}, {5, 1, 3, 3}, true);
  check({.padding = 1}, {2, 4, 5, 3}, {4, 4, 3, 1}, false);
}

TEST_CASE("conv2d in the blocked layouts") {
  check({.padding = 1}, {3, 16, 9, 7}, {32, 16, 3, 3}, true);
  check({.stride = 2}, {2, 32, 9, 7}, {16, 32, 1, 1}, false);
  check({.padding = 1}, {2, 8, 6, 5}, {24, 8, 3, 3}, false);
  check({.padding = 1}, {2, 16, 6, 5}, {12, 16, 3, 3}, true);
  check({.padding = 1}, {2, 3, 6, 5}, {16, 3, 3, 3}, true);
  check({.padding = 1, .groups = 2}, {2, 32, 6, 5}, {32, 16, 3, 3}, false);
}

TEST_CASE("conv2d by Winograd's algorithm, where it pays") {
  const double atol = 1e-4;  // of sums whose terms are up to 1, and their deviation 7 to 10
  check({.padding = 1}, {6, 32, 9, 13}, {48, 32, 3, 3}, true, atol);
  check({.padding = 1}, {16, 48, 7, 8}, {32, 48, 3, 3}, false, atol);
  check({}, {16, 32, 10, 9}, {32, 32, 3, 3}, true, atol);
}

TEST_CASE("conv2d without Winograd's algorithm, where it would pay") {
  check({.padding = 1}, {6, 32, 9, 13}, {48, 32, 3, 3}, true, 1e-5, false);
  check({}, {16, 32, 10, 9}, {32, 32, 3, 3}, true, 1e-5, false);
}

TEST_CASE("conv2d without Winograd's algorithm has the bits of direct convolution") {
  Context ctx, direct({.winograd = false});
  const Tensor x = test::random_tensor(ctx, {6, 32, 9, 13}, 1);
  const Tensor w = test::random_tensor(ctx, {48, 32, 3, 3}, 2);
  const auto bits = [&](Context& c, const Tensor& images) {
    const Tensor blocked = as_layout(c, images, c.activation_layout(32));
    const Tensor y =
        as_layout(c, conv2d(c, blocked, w, {}, {.padding = 1}, nullptr), Layout::plain);
    return std::vector<float>(y.data<float>(), y.data<float>() + y.size());
  };
  std::vector<float> one_by_one;  // one image has too few tiles for Winograd's algorithm
  for (int64_t n = 0; n < 6; ++n) {
    Tensor image = ctx.empty({1, 32, 9, 13});
    std::memcpy(image.raw(), x.data<float>() + n * image.size(), image.bytes());
    const std::vector<float> y = bits(ctx, image);
    one_by_one.insert(one_by_one.end(), y.begin(), y.end());
  }
  CHECK(bits(direct, x) == one_by_one);
  CHECK((bits(ctx, x) != one_by_one) == cpu::has_winograd());
}

namespace {

// Every combination of residual, ReLU and blocked maps, against the convolution of ref.
void check_fused(const Conv2dOptions& o, const Shape& x, const Shape& w, double atol = 1e-5) {
  Context ctx({.poison = true}), ref({.device = Device::ref});
  const Tensor plain_x = test::random_tensor(ctx, x, 1), tw = test::random_tensor(ctx, w, 2),
               b = test::random_tensor(ctx, {w[0]}, 3);
  const Tensor conv = conv2d(ref, plain_x, tw, b, o, nullptr);
  const Tensor added = test::random_tensor(ctx, conv.shape(), 4);
  for (int choice = 0; choice < 8; ++choice) {
    const bool add = choice & 1, relu = choice & 2, blocked = choice & 4;
    CAPTURE(choice);
    Tensor expected = clone(ref, conv);
    for (int64_t i = 0; i < expected.size(); ++i) {
      float& v = expected.data<float>()[i];
      if (add) v += added.data<float>()[i];
      if (relu || add) v = std::max(0.0f, v);
    }
    const auto laid_out = [&](const Tensor& t) {
      return blocked ? as_layout(ctx, t, ctx.activation_layout(t.dim(1))) : t;
    };
    const Tensor residual = add ? laid_out(added) : Tensor();
    const Tensor y = conv2d_fused(ctx, laid_out(plain_x), tw, b, o, residual, relu);
    test::expect_close(ctx, y, expected, 1e-5, atol);
  }
}

}  // namespace

TEST_CASE("conv2d_fused: the residual and ReLU behind the convolution") {
  check_fused({}, {2, 3, 5, 4}, {4, 3, 1, 1});
  check_fused({.padding = 1}, {2, 3, 7, 5}, {5, 3, 3, 3});
  check_fused({.stride = 2, .padding = 3}, {1, 3, 13, 11}, {8, 3, 7, 7});
  check_fused({.padding = 1, .groups = 2}, {2, 4, 5, 6}, {6, 2, 3, 3});
  check_fused({.padding = 1}, {2, 8, 6, 5}, {12, 8, 3, 3});
  check_fused({.padding = 1}, {2, 12, 6, 5}, {16, 12, 3, 3});
  check_fused({.padding = 1}, {3, 16, 9, 7}, {32, 16, 3, 3});
  check_fused({.stride = 2}, {2, 32, 9, 7}, {16, 32, 1, 1});
  check_fused({.padding = 2, .dilation = 2}, {2, 16, 7, 8}, {16, 16, 3, 3});
  check_fused({}, {3, 24, 5, 7}, {40, 24, 1, 1});
  check_fused({.padding = 1}, {6, 32, 9, 13}, {48, 32, 3, 3}, 1e-4);  // by Winograd's algorithm
}

TEST_CASE("conv2d_fused on ref is a sum and a maximum") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  const Tensor x = test::random_tensor(ctx, {1, 2, 3, 3}, 1),
               w = test::random_tensor(ctx, {2, 2, 2, 2}, 2),
               r = test::random_tensor(ctx, {1, 2, 2, 2}, 3);
  const Tensor conv = conv2d(ctx, x, w, {}, {}, nullptr);
  const Tensor y = conv2d_fused(ctx, x, w, {}, {}, r, true);
  const Tensor relu = conv2d_fused(ctx, x, w, {}, {}, {}, true);
  for (int64_t i = 0; i < y.size(); ++i) {
    const double v = conv.data<double>()[i];
    CHECK(y.data<double>()[i] == std::max(0.0, v + r.data<double>()[i]));
    CHECK(relu.data<double>()[i] == std::max(0.0, v));
  }
}

TEST_CASE("conv2d makes bf16 activations of f32 images, whose gradient is f32") {
  if (!test::can_do_bf16()) return;
  Context ctx({.precision = Precision::bf16, .poison = true});
  Context ref({.device = Device::ref});
  const Tensor x = test::random_tensor(ctx, {2, 3, 9, 7}, 1);
  const Tensor w = test::random_tensor(ctx, {16, 3, 3, 3}, 2);
  const Tensor dy = test::random_tensor(ctx, {2, 16, 7, 5}, 3);
  const auto gradient = [&](Context& c) {
    Tensor dx;
    Tape tape = Tape::evaluation(c);
    const Value y = conv2d(tape, tape.leaf(x, &dx), tape.constant(w), {}, {});
    CHECK(y.tensor().dtype() == c.activation_dtype());
    backward(tape, y, as_type(c, dy, c.activation_dtype()));
    CHECK(dx.dtype() == DType::f32);
    return dx;
  };
  // Factors are rounded, too, so that errors are of the size of the largest products.
  test::expect_close(ctx, gradient(ctx), gradient(ref), 1.6e-2, 5e-2);
}

TEST_CASE("conv2d names what does not fit") {
  Context ctx;
  const auto run = [&](Shape x, Shape w, Conv2dOptions o) {
    conv2d(ctx, ctx.zeros(x), ctx.zeros(w), {}, o, nullptr);
  };
  CHECK_THROWS_WITH_AS(
      run({1, 3, 8, 8}, {4, 5, 3, 3}, {}),
      "conv2d: x f32 [1, 3, 8, 8] does not fit weight f32 [4, 5, 3, 3] in 1 groups", Error);
  CHECK_THROWS_AS(run({1, 3, 2, 2}, {4, 3, 3, 3}, {}), Error);
  CHECK_THROWS_AS(run({1, 3, 8, 8}, {4, 3, 3, 3}, {.stride = 0}), Error);
  CHECK_THROWS_AS(run({3, 8, 8}, {4, 3, 3, 3}, {}), Error);
  CHECK_THROWS_WITH_AS(conv2d_fused(ctx, ctx.zeros({1, 3, 8, 8}), ctx.zeros({4, 3, 3, 3}), {}, {},
                                    ctx.zeros({1, 4, 8, 8}), false),
                       "conv2d: residual f32 [1, 4, 8, 8]; the output is [1, 4, 6, 6]", Error);
}
