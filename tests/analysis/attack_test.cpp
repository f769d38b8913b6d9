#include "analysis/attack.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "layers/flatten.h"
#include "layers/linear.h"
#include "models/resnet.h"
#include "op_case.h"

using namespace lienet;

namespace {

// Two classes, logits w * x + b over the pixels.
class TwoClasses : public Layer {
 public:
  TwoClasses(Context& ctx, int64_t pixels) : linear(ctx, pixels, 2) { add_child("fc", linear); }
  Linear linear;

 protected:
  Value forward(Tape& tape, const Value& x) override { return linear(tape, flatten(tape, x)); }
};

int64_t predicted(Context& ctx, Layer& network, const Tensor& x) {
  Tape tape = Tape::inference(ctx);
  const Tensor logits = network(tape, tape.constant(x)).tensor();
  return logits.data<double>()[1] > logits.data<double>()[0];
}

Context in_double() {
  return Context({.device = Device::ref, .dtype = DType::f64, .poison = true});
}

}  // namespace

TEST_CASE("attack: FGSM flips a linear model exactly when the margin is below epsilon |w1 - w0|") {
  Context ctx = in_double();
  TwoClasses net(ctx, 12);
  net.linear.weight.value = test::random_tensor(ctx, {2, 12}, 3);
  fill(ctx, net.linear.bias.value, 0);
  const Tensor pixels = test::random_tensor(ctx, {1, 3, 2, 2}, 4, 0.4, 0.6);
  const double* w = net.linear.weight.value.data<double>();
  double margin = 0, norm = 0;
  for (int64_t i = 0; i < 12; ++i) {
    margin += (w[12 + i] - w[i]) * pixels.data<double>()[i];
    norm += std::abs(w[12 + i] - w[i]);
  }
  Tensor label = ctx.zeros({1}, DType::i64);
  *label.data<int64_t>() = margin > 0;
  REQUIRE(predicted(ctx, net, pixels) == *label.data<int64_t>());
  const double edge = std::abs(margin) / norm;
  REQUIRE(edge < 0.4);  // nothing is clipped
  const Tensor gradient = loss_gradient(ctx, net, pixels, label, {});
  for (const double share : {0.0, 0.99, 1.01}) {
    const Tensor moved = fgsm(ctx, pixels, gradient, share * edge);
    CHECK((predicted(ctx, net, moved) == *label.data<int64_t>()) == (share < 1));
  }
}

TEST_CASE("attack: FGSM stays in 0..1, stays where the slope is 0, and with epsilon 0") {
  Context ctx;
  Tensor pixels = ctx.zeros({1, 3, 1, 1}), gradient = ctx.zeros({1, 3, 1, 1});
  pixels.data<float>()[0] = 0.875f;
  pixels.data<float>()[1] = 0.125f;
  pixels.data<float>()[2] = 0.5f;
  gradient.data<float>()[0] = 2;
  gradient.data<float>()[1] = -3;
  const Tensor moved = fgsm(ctx, pixels, gradient, 0.25);
  CHECK(moved.data<float>()[0] == 1);
  CHECK(moved.data<float>()[1] == 0);
  CHECK(moved.data<float>()[2] == 0.5f);
  test::expect_close(ctx, fgsm(ctx, pixels, gradient, 0), pixels, 0, 0);
  CHECK_THROWS_AS(fgsm(ctx, pixels, gradient, -1), Error);
}

TEST_CASE("attack: the loss's gradient is in pixels, of the normalised network") {
  Context ctx = in_double();
  ResNet net(ctx, {.depths = {1, 1}, .width = 4, .classes = 5});
  const ChannelStats stats{{0.25f, 0.5f, 0.75f}, {0.25f, 0.5f, 2.0f}};
  const Tensor pixels = test::random_tensor(ctx, {2, 3, 8, 8}, 4, 0, 1);
  Tensor labels = ctx.zeros({2}, DType::i64);
  labels.data<int64_t>()[1] = 3;
  const Tensor gradient = loss_gradient(ctx, net, pixels, labels, stats);
  for (const int64_t i : {3, 100, 170, 383}) {
    const double h = 1e-6;
    double loss[2];
    for (const int side : {0, 1}) {
      Tensor moved = clone(ctx, pixels);
      moved.data<double>()[i] += side ? h : -h;
      Tape tape = Tape::inference(ctx);
      const Tensor logits = net(tape, tape.constant(normalise(ctx, moved, stats))).tensor();
      loss[side] = 0;
      for (int64_t n = 0; n < 2; ++n) {
        double sum = 0;
        const double* row = logits.data<double>() + n * 5;
        for (int64_t k = 0; k < 5; ++k) sum += std::exp(row[k]);
        loss[side] += (std::log(sum) - row[labels.data<int64_t>()[n]]) / 2;
      }
    }
    CHECK(gradient.data<double>()[i] == doctest::Approx((loss[1] - loss[0]) / (2 * h)));
  }
  for (const Parameter* p : net.parameters()) CHECK(!p->gradient);
}
