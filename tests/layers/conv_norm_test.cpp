#include "layers/conv_norm.h"

#include <doctest/doctest.h>

#include <string>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "op_case.h"

using namespace lienet;

namespace {

// Layers with weights and statistics that leave nothing at 0 or 1.
struct Pair {
  Conv2d conv;
  BatchNorm2d norm;
  Pair(Context& ctx, const Conv2dLayerOptions& o) : conv(ctx, o), norm(ctx, o.out, 0.1, 1e-3) {
    const auto draw = [&](Tensor& t, uint64_t seed, double low) {
      Tensor drawn = test::random_tensor(ctx, t.shape(), seed, low, 1);
      copy(ctx, drawn, t);
    };
    draw(conv.weight.value, 1, -1);
    if (o.bias) draw(conv.bias.value, 2, -1);
    draw(norm.weight.value, 3, -1);
    draw(norm.bias.value, 4, -1);
    draw(norm.running_mean.value, 5, -1);
    draw(norm.running_var.value, 6, 0.2);
  }
};

enum class After : uint8_t { nothing, relu, shortcut, relu_shortcut };

Tensor run(Context& ctx, const Conv2dLayerOptions& o, const Tensor& x, After after,
           const TapeOptions& pass) {
  Pair pair(ctx, o);
  pair.norm.relu = after == After::relu || after == After::relu_shortcut;
  Tape tape(ctx, pass);
  const Value in = tape.constant(x);
  if (after == After::nothing || after == After::relu)
    return conv_norm(tape, pair.conv, pair.norm, in).tensor();
  Conv2d other(ctx, {.in = o.in, .out = o.out, .stride = o.stride, .bias = false});
  copy(ctx, test::random_tensor(ctx, other.weight.value.shape(), 9), other.weight.value);
  return conv_norm_add_relu(tape, pair.conv, pair.norm, in, [&] { return other(tape, in); })
      .tensor();
}

void check_on(const ContextOptions& options, const Conv2dLayerOptions& o, const Shape& shape,
              double rtol, double atol) {
  CAPTURE(std::string(name_of(options.device)));
  CAPTURE(std::string(name_of(options.precision)));
  Context ref({.device = Device::ref, .poison = true}), own(options);
  for (const After after : {After::nothing, After::relu, After::shortcut, After::relu_shortcut}) {
    CAPTURE(static_cast<int>(after));
    const Tensor expected =
        run(ref, o, test::random_tensor(ref, shape, 7), after, {.record = true});
    test::expect_close(ref, run(ref, o, test::random_tensor(ref, shape, 7), after, {}), expected, 0,
                       0);
    for (const bool own_layout : {false, true}) {
      CAPTURE(own_layout);
      Tensor x = to_host(own, test::random_tensor(own, shape, 7));
      if (own_layout) x = as_layout(own, x, own.activation_layout(shape[1]));
      x = to_device(own, x);
      test::expect_close(own, run(own, o, x, after, {}), expected, rtol, atol);
      test::expect_close(own, run(own, o, x, after, {.record = true}), expected, rtol, atol);
    }
  }
}

void check(const Conv2dLayerOptions& o, const Shape& shape, double atol = 1e-5) {
  CAPTURE(shape.str());
  check_on({.poison = true}, o, shape, 1e-5, atol);
  if (!test::can_do_cuda()) return;
  check_on({.device = Device::cuda, .poison = true}, o, shape, 1e-5, atol);
  check_on({.device = Device::cuda, .precision = Precision::bf16, .poison = true}, o, shape, 4e-2,
           0.15);
}

}  // namespace

TEST_CASE("conv_norm in evaluation: recorded or in one convolution") {
  check({.in = 3, .out = 5, .kernel = 3, .padding = 1, .bias = true}, {2, 3, 7, 5});
  check({.in = 3, .out = 16, .kernel = 3, .padding = 1, .bias = false}, {3, 3, 5, 9});
  check({.in = 16, .out = 24, .kernel = 3, .stride = 2, .padding = 1, .bias = false},
        {2, 16, 9, 7});
  check({.in = 32, .out = 16, .stride = 2, .bias = true}, {3, 32, 5, 7});
  check({.in = 8, .out = 16, .kernel = 3, .padding = 1, .groups = 4, .bias = true}, {2, 8, 5, 4});
  check({.in = 16, .out = 32, .bias = false}, {3, 16, 5, 7});
  // By Winograd's algorithm.
  check({.in = 32, .out = 48, .kernel = 3, .padding = 1, .bias = false}, {6, 32, 9, 13}, 1e-4);
}

TEST_CASE("conv_norm in training runs, records and names the layers as they are") {
  Context ctx;
  struct Block : Layer {
    explicit Block(Context& c) : pair(c, {.in = 3, .out = 4, .bias = false}) {
      add_child("conv", pair.conv);
      add_child("norm", pair.norm);
    }
    Value forward(Tape& tape, const Value& x) override {
      return conv_norm_add_relu(tape, pair.conv, pair.norm, x, [&] { return pair.conv(tape, x); });
    }
    Pair pair;
  } block(ctx);
  Tape tape = Tape::training(ctx);
  block(tape, tape.constant(test::random_tensor(ctx, {2, 3, 4, 5}, 7)));
  std::string ops;
  for (int i = 0; i < tape.size(); ++i)
    if (tape.node(i).backward) ops += tape.node(i).op + (" " + tape.node(i).name) + "; ";
  CHECK(ops == "conv2d conv; batch_norm2d norm; conv2d conv; add_relu ; ");
  CHECK(*block.pair.norm.num_batches_tracked.value.data<int64_t>() == 1);
}

TEST_CASE("conv_norm names what does not fit") {
  Context ctx;
  Conv2d conv(ctx, {.in = 3, .out = 4});
  BatchNorm2d norm(ctx, 5);
  Tape tape = Tape::inference(ctx);
  CHECK_THROWS_WITH_AS(conv_norm(tape, conv, norm, tape.constant(ctx.zeros({1, 3, 2, 2}))),
                       "conv_norm: 4 output channels, and BatchNorm of 5", Error);
}
