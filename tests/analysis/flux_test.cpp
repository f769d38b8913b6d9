#include "analysis/flux.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "layers/inhibit_filter.h"
#include "op_case.h"

using namespace lienet;

namespace {

// f64, 0 but for `value` at sample n, channel c, position (y, x).
Tensor impulse(Context& ctx, const Shape& shape, int64_t n, int64_t c, int64_t y, int64_t x,
               double value) {
  Tensor t = ctx.zeros(shape);
  t.data<double>()[((n * shape[1] + c) * shape[2] + y) * shape[3] + x] = value;
  return t;
}

double sum_of_magnitudes(const std::vector<double>& taps) {
  return std::accumulate(taps.begin(), taps.end(), 0.0,
                         [](double sum, double t) { return sum + std::abs(t); });
}

}  // namespace

TEST_CASE("flux: an impulse away from the border gives the filter's taps") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  const Shape shape{2, 4, 11, 9};
  const Tensor g = impulse(ctx, shape, 1, 2, 5, 4, -3);
  for (const char* preset : {"paper", "impulse", "paper,sigma=1,kernel=3,padding=zero"}) {
    CAPTURE(preset);
    const LogFilter filter = Inhibition::parse(preset).filter;
    const std::vector<double> taps = filter_taps(filter, filter.size);
    const double all = 3 * sum_of_magnitudes(taps);
    const Flux flux = gradient_flux(ctx, g, filter);
    CHECK(flux.mean == doctest::Approx(all / double(shape.size())).epsilon(1e-12).scale(0));
    CHECK(!flux.kept);
    // A mask of two sets that keeps the impulse's own place alone, and that only in channels 2, 3.
    Tensor mask = ctx.zeros({2, 2, 11, 9}, DType::u8);
    mask.data<uint8_t>()[((1 * 2 + 1) * 11 + 5) * 9 + 4] = 1;
    const Flux masked = gradient_flux(ctx, g, filter, mask);
    CHECK(masked.mean == flux.mean);
    CHECK(masked.kept.value() ==
          doctest::Approx(3 * std::abs(taps[taps.size() / 2]) / all).epsilon(1e-12).scale(0));
  }
}

TEST_CASE("flux: a constant gradient has none by a true Laplacian") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  Tensor g = ctx.empty({1, 2, 6, 7});
  fill(ctx, g, 5);
  const Flux flux = gradient_flux(ctx, g, Inhibition::log().filter);
  CHECK(flux.mean < 1e-15);
  // By preset paper it is the sum of the taps, since its padding repeats what is there.
  const std::vector<double> taps = filter_taps(Inhibition::paper().filter, 5);
  CHECK(gradient_flux(ctx, g, Inhibition::paper().filter).mean ==
        doctest::Approx(5 * sum_of_magnitudes(taps)).epsilon(1e-12).scale(0));
  // Nothing is kept of nothing.
  fill(ctx, g, 0);
  Tensor mask = ctx.zeros({1, 1, 6, 7}, DType::u8);
  CHECK(!gradient_flux(ctx, g, Inhibition::paper().filter, mask).kept);
}

TEST_CASE("flux: in any layout, type and number of threads; what has no map is refused") {
  Context ctx({.threads = 2});
  const Tensor one = test::random_tensor(ctx, {2, 16, 7, 5}, 1);
  const Flux flux = gradient_flux(ctx, one, Inhibition::paper().filter);
  const Tensor blocked = convert(ctx, one, DType::f32, ctx.activation_layout(16));
  CHECK(gradient_flux(ctx, blocked, Inhibition::paper().filter).mean == flux.mean);
  Context single({.threads = 1});
  CHECK(gradient_flux(single, one, Inhibition::paper().filter).mean == flux.mean);
  const Tensor narrow = convert(ctx, one, DType::bf16, Layout::plain);
  CHECK(gradient_flux(ctx, narrow, Inhibition::paper().filter).mean ==
        doctest::Approx(flux.mean).epsilon(1e-2).scale(0));
  CHECK_THROWS_WITH_AS(gradient_flux(ctx, ctx.zeros({2, 3}), {}),
                       "flux: f32 [2, 3] has no map; expected [N, C, H, W]", Error);
  CHECK_THROWS_AS(gradient_flux(ctx, one, {}, ctx.zeros({2, 5, 7, 5}, DType::u8)), Error);
  CHECK_THROWS_WITH_AS(gradient_flux(ctx, one, {}, ctx.zeros({2, 4, 7, 5})),
                       "flux: mask f32 [2, 4, 7, 5]; expected u8, in the host's memory", Error);
}
