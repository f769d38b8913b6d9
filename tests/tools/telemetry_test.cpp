#include "tools/training/telemetry.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "analysis/flux.h"
#include "engine/tensor_ops.h"
#include "layers/softmax_cross_entropy.h"
#include "op_case.h"

using namespace lienet;

namespace {

Tensor of(Context& ctx, const Shape& shape, const std::vector<float>& values) {
  Tensor t = ctx.empty(shape, DType::f32);
  std::copy(values.begin(), values.end(), t.data<float>());
  return t;
}

Tensor mask_of(Context& ctx, const Shape& shape, const std::vector<uint8_t>& values) {
  Tensor t = ctx.empty(shape, DType::u8);
  std::copy(values.begin(), values.end(), t.data<uint8_t>());
  return t;
}

}  // namespace

TEST_CASE("telemetry: a mask worked out by hand") {
  Context ctx({.device = Device::ref});
  // Three samples of two channels in one set on a 1x3 map.
  const Tensor g = of(ctx, {3, 2, 1, 3},
                      {3, 0, 1, 4, 0, 1,  //
                       0, 1, 0, 0, 1, 0,  //
                       2, 0, 0, 0, 0, 2});
  const MaskRecord record{.norms = of(ctx, {3, 1, 1, 3}, {5, 0, 2, 0, 1, 0, 2, 0, 2}),
                          .responses = {},
                          .thresholds = of(ctx, {3, 1}, {1, 2, 6}),
                          .mask = mask_of(ctx, {3, 1, 1, 3}, {1, 0, 0, 1, 0, 0, 0, 0, 1})};
  const LayerTelemetry t = measure_mask(ctx, "a", g, record);
  CHECK(t.layer == "a");
  CHECK(t.norm == doctest::Approx(12.0 / 9));
  CHECK(t.threshold == doctest::Approx(3.0));
  CHECK(t.inhibited == doctest::Approx(6.0 / 9));
  // Kept: 9 + 16 of sample 0, nothing of sample 1, 4 of sample 2; in all 27 + 2 + 8.
  CHECK(t.energy_kept == doctest::Approx(29.0 / 37));
  // Pairs of samples that agree: position 0: one of three, position 1: three, position 2: one.
  CHECK(t.agreement == doctest::Approx((1 + 3 + 1) / 9.0));
  CHECK(t.border_kept == doctest::Approx(3.0 / 9));  // every position is on the border
}

TEST_CASE("telemetry: the border is that of the map; one sample agrees with none") {
  Context ctx({.device = Device::ref});
  std::vector<uint8_t> mask(9, 0);
  mask[4] = 1;
  const MaskRecord record{
      .norms = {}, .responses = {}, .thresholds = {}, .mask = mask_of(ctx, {1, 1, 3, 3}, mask)};
  const LayerTelemetry t =
      measure_mask(ctx, "b", of(ctx, {1, 1, 3, 3}, std::vector<float>(9, 2)), record);
  CHECK(t.border_kept == 0);
  CHECK(t.inhibited == doctest::Approx(8.0 / 9));
  CHECK(std::isnan(t.agreement));
  CHECK(std::isnan(t.norm));  // controls filter nothing
}

namespace {

struct Kept : Observer {
  void on_gradient(Context& ctx, const GradientEvent& event) override {
    if (event.record.name == "layer1.0") gradient = as_plain(ctx, event.gradient);
  }
  Tensor gradient;
};

// What a pass over a small network tells; and layer1.0's gradient, as it goes on.
std::pair<std::vector<LayerTelemetry>, Tensor> looked_at(const std::string& inhibit) {
  Context ctx({.threads = 1, .seed = 2});
  ResNet model(ctx, resnet_options("resnet20", 10, 8));
  if (inhibit != "off") model.inhibit_blocks(Inhibition::parse(inhibit));
  Telemetry telemetry(model);
  Kept kept;
  Tape tape = Tape::training(ctx);
  const Value x = tape.constant(test::random_tensor(ctx, {3, 3, 16, 16}, 1));
  Observer* const observers[] = {&telemetry, &kept};
  backward(tape, softmax_cross_entropy(tape, model(tape, x), ctx.zeros({3}, DType::i64)), {},
           observers);
  return {telemetry.take(), kept.gradient};
}

}  // namespace

TEST_CASE("telemetry: the flux of inhibited layers, and of those that might be") {
  Context ctx;
  const auto [plain, gradient] = looked_at("off");
  REQUIRE(plain.size() == 7);
  CHECK(plain[0].layer == "layer1.0");
  CHECK(plain[6].layer == "layer3.0");
  CHECK(plain[0].flux == gradient_flux(ctx, gradient, Inhibition::paper().filter).mean);
  CHECK(plain[0].flux > 0);
  CHECK(std::isnan(plain[0].flux_kept));
  CHECK(std::isnan(plain[0].inhibited));
  const auto masked = looked_at("paper,sets=8").first, log = looked_at("log,sets=8").first;
  REQUIRE(masked.size() == 7);
  // By no mask before it, the last has the same gradient.
  CHECK(masked[6].flux == doctest::Approx(plain[6].flux).scale(0));
  CHECK(masked[6].flux_kept > 0.5);
  CHECK(masked[6].flux_kept < 1);
  CHECK(log[6].flux != doctest::Approx(plain[6].flux).scale(0));
}
