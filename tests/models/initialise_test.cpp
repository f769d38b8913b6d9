#include "models/initialise.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/tensor_ops.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/linear.h"
#include "models/resnet.h"

using namespace lienet;

namespace {

bool all_are(const Tensor& t, float value) {
  return std::all_of(t.data<float>(), t.data<float>() + t.size(),
                     [&](float v) { return v == value; });
}

struct Net : Layer {
  explicit Net(Context& ctx)
      : conv(ctx, {.in = 8, .out = 50, .kernel = 3}), norm(ctx, 50), linear(ctx, 100, 40) {
    add_child("conv", conv);
    add_child("norm", norm);
    add_child("linear", linear);
  }
  Value forward(Tape&, const Value& x) override { return x; }
  Conv2d conv;
  BatchNorm2d norm;
  Linear linear;
};

}  // namespace

TEST_CASE("initialise: whatever a network held before, it begins anew") {
  Context ctx;
  Net net(ctx);
  for (auto& [name, tensor] : net.state()) {
    Tensor t = tensor;
    fill(ctx, t, 7);
  }
  initialise(ctx, net, {.seed = 3});
  CHECK(all_are(net.conv.bias.value, 0));
  CHECK(all_are(net.norm.weight.value, 1));
  CHECK(all_are(net.norm.bias.value, 0));
  CHECK(all_are(net.norm.running_mean.value, 0));
  CHECK(all_are(net.norm.running_var.value, 1));
  CHECK(*net.norm.num_batches_tracked.value.data<int64_t>() == 0);

  double sum = 0, squares = 0;
  const Tensor& w = net.conv.weight.value;
  for (int64_t i = 0; i < w.size(); ++i) {
    sum += w.data<float>()[i];
    squares += double(w.data<float>()[i]) * w.data<float>()[i];
  }
  const double n = static_cast<double>(w.size()), deviation = std::sqrt(2.0 / (50 * 9));
  CHECK(std::abs(sum / n) < 4 * deviation / std::sqrt(n));
  CHECK(std::sqrt(squares / n) == doctest::Approx(deviation).epsilon(4 / std::sqrt(2 * n)));

  for (const Tensor& t : {net.linear.weight.value, net.linear.bias.value}) {
    const auto [low, high] = std::minmax_element(t.data<float>(), t.data<float>() + t.size());
    CHECK(*low >= -0.1f);
    CHECK(*low < -0.08f);
    CHECK(*high <= 0.1f);
    CHECK(*high > 0.08f);
  }
}

TEST_CASE("initialise: by seed and stream") {
  Context ctx;
  Net net(ctx);
  const auto first = [&](const RandomKey& key) {
    initialise(ctx, net, key);
    return net.conv.weight.value.data<float>()[0];
  };
  const float value = first({.seed = 3});
  CHECK(first({.seed = 4}) != value);
  CHECK(first({.seed = 3, .stream = 1}) != value);
  CHECK(first({.seed = 3}) == value);
}

TEST_CASE("initialise: the last BatchNorm of each residual branch may begin at 0") {
  Context ctx;
  for (const bool zero : {false, true}) {
    ResNetOptions options = resnet_options("resnet20", 10, 4);
    options.zero_init_residual = zero;
    const ResNet net(ctx, options);
    for (const auto& block : net.blocks()) {
      CHECK(all_are(block->last_norm().weight.value, zero ? 0 : 1));
      CHECK(all_are(block->inner().front().norm->weight.value, 1));
    }
  }
}
