#include "analysis/attack.h"

#include <doctest/doctest.h>

#include <algorithm>
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
  REQUIRE(edge < 0.39);                           // nothing is clipped
  for (const double share : {0.0, 0.99, 1.01}) {  // and so does PGD, however many its steps
    const PgdImages found =
        pgd(ctx, net, pixels, pixels, label, {}, {.epsilon = share * edge, .steps = 7});
    CHECK(found.fooled[0] == (share > 1));
    CHECK((predicted(ctx, net, found.pixels) != *label.data<int64_t>()) == (share > 1));
  }
  const Tensor gradient = loss_gradient(ctx, net, pixels, label, {}).gradient;
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
  const Tensor gradient = loss_gradient(ctx, net, pixels, labels, stats).gradient;
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

TEST_CASE("attack: PGD stays within epsilon and 0..1 and knows whom it fools, whatever the batch") {
  Context ctx = in_double();
  ResNet net(ctx, {.depths = {1, 1}, .width = 4, .classes = 3});
  const ChannelStats stats{{0.25f, 0.5f, 0.75f}, {0.25f, 0.5f, 2.0f}};
  constexpr int64_t N = 7;
  const Tensor pixels = test::random_tensor(ctx, {N, 3, 6, 5}, 4, 0, 1);
  const auto said = [&](const Tensor& x) {
    Tape tape = Tape::inference(ctx);
    const Tensor logits = net(tape, tape.constant(normalise(ctx, x, stats))).tensor();
    Tensor labels = ctx.zeros({N}, DType::i64);
    for (int64_t n = 0; n < N; ++n) {
      const double* row = logits.data<double>() + 3 * n;
      labels.data<int64_t>()[n] = std::max_element(row, row + 3) - row;
    }
    return labels;
  };
  const Tensor labels = said(pixels);
  const std::vector<int64_t> numbers{3, 1, 4, 5, 9, 2, 6};
  for (const double epsilon : {0.0, 0.02, 0.2}) {
    CAPTURE(epsilon);
    const PgdOptions options{.epsilon = epsilon, .steps = 5, .batch = 3};
    const PgdImages found = pgd(ctx, net, pixels, pixels, labels, stats, options);
    for (int64_t i = 0; i < pixels.size(); ++i) {
      const double x = found.pixels.data<double>()[i];
      CHECK(std::abs(x - pixels.data<double>()[i]) <= epsilon + 1e-15);
      CHECK((x >= 0 && x <= 1));
    }
    const Tensor now = said(found.pixels);
    for (int64_t n = 0; n < N; ++n)
      CHECK(bool(found.fooled[static_cast<size_t>(n)]) ==
            (now.data<int64_t>()[n] != labels.data<int64_t>()[n]));
    CHECK(found.zeros == 0);
    const Tensor start = random_start(ctx, pixels, epsilon, 7, numbers);
    for (const Tensor& from : {pixels, start}) {
      const PgdImages few = pgd(ctx, net, pixels, from, labels, stats, options);
      const PgdImages all =
          pgd(ctx, net, pixels, from, labels, stats, {.epsilon = epsilon, .steps = 5});
      CHECK(few.fooled == all.fooled);
      test::expect_close(ctx, few.pixels, all.pixels, 0, 0);
    }
  }
  CHECK_THROWS_AS(pgd(ctx, net, pixels, pixels, labels, stats, {.steps = 0}), Error);
  CHECK_THROWS_AS(pgd(ctx, net, pixels, pixels, labels, stats, {.epsilon = -1}), Error);
}

TEST_CASE("attack: a random start depends on the seed and the image's number alone") {
  Context ctx;
  const Tensor pixels = test::random_tensor(ctx, {2, 3, 4, 4}, 4, 0, 1);
  const auto started = [&](uint64_t seed, std::vector<int64_t> numbers) {
    const Tensor t = random_start(ctx, pixels, 0.05, seed, numbers);
    return std::vector<float>(t.data<float>(), t.data<float>() + t.size());
  };
  const std::vector<float> a = started(1, {5, 6}), b = started(1, {5, 7}), c = started(2, {5, 6});
  CHECK(a == started(1, {5, 6}));
  CHECK(std::equal(a.begin(), a.begin() + 48, b.begin()));
  CHECK(!std::equal(a.begin() + 48, a.end(), b.begin() + 48));
  CHECK(!std::equal(a.begin(), a.begin() + 48, c.begin()));
  for (size_t i = 0; i < a.size(); ++i) {
    CHECK(std::abs(a[i] - pixels.data<float>()[i]) <= 0.05f + 1e-6f);
    CHECK((a[i] >= 0 && a[i] <= 1));
  }
}

TEST_CASE("attack: gradients that are 0 are counted; inhibition is off unless asked for") {
  Context ctx = in_double();
  ResNet net(ctx, {.depths = {1, 1, 1}, .width = 4, .classes = 3});
  net.inhibit_blocks(Inhibition::parse("paper,sets=2,rate=0.9"));
  const Tensor pixels = test::random_tensor(ctx, {1, 3, 8, 8}, 4, 0, 1);
  const Tensor labels = ctx.zeros({1}, DType::i64);
  const Tensor plain = loss_gradient(ctx, net, pixels, labels, {}).gradient;
  CHECK(count_zeros(ctx, plain) == 0);
  const Tensor masked = loss_gradient(ctx, net, pixels, labels, {}, true).gradient;
  CHECK(count_zeros(ctx, masked) > 20);
}

TEST_CASE("classified_right: a tie is right, a logit that is no number is not") {
  Context ctx({.device = Device::cpu});
  Tensor logits = ctx.zeros({3, 2}), labels = ctx.empty_on_host({3}, DType::i64);
  std::fill_n(labels.data<int64_t>(), 3, 1);
  logits.data<float>()[3] = std::nanf("");
  logits.data<float>()[4] = 1;
  CHECK(classified_right(ctx, logits, labels) == std::vector<uint8_t>{1, 0, 0});
}
