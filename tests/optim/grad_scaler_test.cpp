#include "optim/grad_scaler.h"

#include <doctest/doctest.h>

#include <limits>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "layers/linear.h"
#include "op_case.h"
#include "optim/sgd.h"

using namespace lienet;

namespace {

// One weight, 1, whose scaled gradients are given one after the other.
struct Scaled {
  Context& ctx;
  Linear layer{ctx, 1, 1, false};
  Sgd sgd{ctx, layer, {.lr = 1, .momentum = 0}};
  GradScaler scaler{ctx, {.initial = 8, .interval = 3}};

  explicit Scaled(Context& context) : ctx(context) { fill(ctx, layer.weight.value, 1); }

  void step(double gradient) {
    layer.weight.gradient = ctx.empty({1, 1});
    fill(ctx, layer.weight.gradient, gradient);
    const Tensor skip = scaler.unscale(layer);
    sgd.step(skip);
    scaler.update(skip);
  }
  float weight() { return to_host(ctx, layer.weight.value).data<float>()[0]; }
  float scale() { return to_host(ctx, scaler.scale()).data<float>()[0]; }
};

void check_scaler(Context& ctx) {
  Scaled s(ctx);
  s.step(2);
  CHECK(s.weight() == 0.75f);
  CHECK(s.scale() == 8);
  s.step(std::numeric_limits<float>::infinity());
  CHECK(s.weight() == 0.75f);
  CHECK(s.scale() == 4);
  s.step(std::numeric_limits<float>::quiet_NaN());
  CHECK(s.weight() == 0.75f);
  CHECK(s.scale() == 2);
  for (const float after : {2.f, 2.f, 4.f, 4.f}) {
    s.step(0);
    CHECK(s.scale() == after);
  }
  CHECK(s.weight() == 0.75f);
  const std::vector<NamedTensor> state = s.scaler.state();
  CHECK(state[0].name == "scale");
  CHECK(to_host(ctx, state[1].tensor).data<int64_t>()[0] == 1);
}

}  // namespace

TEST_CASE("loss scaling: skips, halves, and doubles again") {
  Context ctx;
  check_scaler(ctx);
}

TEST_CASE("loss scaling on the device") {
  if (!test::can_do_cuda()) return;
  Context ctx({.device = Device::cuda, .poison = true});
  check_scaler(ctx);
}

TEST_CASE("loss scaling: a gradient that others share is not written to") {
  Context ctx;
  Linear layer(ctx, 1, 1, false);
  GradScaler scaler(ctx);
  const Tensor shared = layer.weight.gradient = test::random_tensor(ctx, {1, 1}, 1);
  const float before = shared.data<float>()[0];
  scaler.unscale(layer);
  CHECK(shared.data<float>()[0] == before);
  CHECK(layer.weight.gradient.data<float>()[0] == before / 65536);
  CHECK_THROWS_AS(GradScaler(ctx, {.backoff = 1}), Error);
}
