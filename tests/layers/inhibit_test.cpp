#include "layers/inhibit.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/error.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "inhibit_tolerance.h"
#include "layers/inhibit_filter.h"
#include "op_case.h"

using namespace lienet;

namespace {

double sum_of(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0);
}

MaskRecord record_of(Context& ctx, const Inhibition& i, const Tensor& g) {
  MaskRecord r;
  inhibit(ctx, i, g, 0, &r);
  return r;
}

double agreement(const Tensor& mask) {  // of the first two sets' masks
  const int64_t n = mask.dim(2) * mask.dim(3);
  const uint8_t* m = mask.data<uint8_t>();
  int64_t equal = 0;
  for (int64_t k = 0; k + 1 < mask.dim(1); k += 2)
    for (int64_t i = 0; i < n; ++i) equal += m[k * n + i] == m[(k + 1) * n + i];
  return static_cast<double>(equal) / static_cast<double>(n * (mask.dim(1) / 2));
}

}  // namespace

TEST_CASE("taps of the Laplacian of Gaussian") {
  CHECK(filter_taps({.sigma = 1}, 1)[0] == doctest::Approx(-0.3183099).epsilon(1e-6).scale(0));
  CHECK(sum_of(filter_taps({.sigma = 1}, 3)) == doctest::Approx(-0.70444).epsilon(1e-5).scale(0));
  CHECK(sum_of(filter_taps({.sigma = 1}, 11)) == doctest::Approx(-1.27e-6).epsilon(0.01).scale(0));
  CHECK(filter_taps({.sigma = 11}, 5)[12] == doctest::Approx(-2.174099e-5).epsilon(1e-6).scale(0));
  const auto positive = [](int size) {
    int n = 0;
    for (const double t : filter_taps({.sigma = 11}, size)) n += t > 0;
    return n;
  };
  CHECK(positive(23) == 0);
  CHECK(positive(25) == 20);
}

TEST_CASE("taps of the sampled impulse response") {
  const std::vector<double> t = filter_taps(Inhibition::impulse().filter, 5);
  CHECK(t[12] == doctest::Approx(-1.05410521e-6).epsilon(1e-7).scale(0));
  CHECK(t[0] == doctest::Approx(-4.51760760e-7).epsilon(1e-7).scale(0));
  CHECK(sum_of(t) == doctest::Approx(-1.48391242e-5).epsilon(1e-7).scale(0));
}

TEST_CASE("padding reflects as often as needed") {
  const auto line = [](FilterPadding p, int64_t n) {
    std::vector<int64_t> v;
    for (int64_t i = -4; i < n + 4; ++i) v.push_back(padded_index(i, n, p));
    return v;
  };
  CHECK(line(FilterPadding::zero, 3) ==
        std::vector<int64_t>{-1, -1, -1, -1, 0, 1, 2, -1, -1, -1, -1});
  CHECK(line(FilterPadding::reflect, 3) == std::vector<int64_t>{0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2});
  CHECK(line(FilterPadding::symmetric, 3) == std::vector<int64_t>{2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0});
  CHECK(padded_index(-7, 1, FilterPadding::reflect) == 0);
}

TEST_CASE("cpu and ref draw the same masks") {
  Context ref({.device = Device::ref, .poison = true}),
      cpu({.device = Device::cpu, .poison = true});
  for (const char* text :
       {"paper", "impulse", "log", "paper,sets=4,padding=zero,kernel=11", "log,mode=no_minicolumn",
        "paper,mode=no_lateral,rate=0.3", "paper,rate=0", "paper,padding=symmetric,kernel=7",
        "paper,mode=random", "paper,mode=center,rate=0.7"})
    for (const Shape& shape :
         {Shape{2, 16, 9, 13}, Shape{3, 48, 8, 8}, Shape{2, 32, 2, 2}, Shape{1, 16, 1, 1},
          Shape{2, 64, 7, 1}, Shape{1, 128, 3, 5}, Shape{2, 512, 3, 2}}) {
      CAPTURE(text);
      CAPTURE(shape.str());
      const Inhibition i = Inhibition::parse(text);
      const Tensor g = test::random_tensor(ref, shape, 3);
      MaskRecord a, b;
      const Tensor expected = inhibit(ref, i, g, 5, &a);
      const Tensor blocked = as_layout(cpu, g, cpu.activation_layout(shape[1]));
      const Tensor got = inhibit(cpu, i, blocked, 5, &b);
      if (a.responses) {
        test::expect_close(ref, b.norms, a.norms, 1e-5, 1e-6);
        const double atol = test::response_tolerance(i.filter, a.norms);
        test::expect_close(ref, b.responses, a.responses, 1e-5, atol);
        test::expect_close(ref, b.thresholds, a.thresholds, 1e-5, atol);
      }
      test::expect_close(ref, b.mask, a.mask, 0, 0);
      test::expect_close(ref, got, expected, 0, 0);
    }
}

TEST_CASE("masks of bf16 gradients are those of the same values in f32") {
  Context ctx({.poison = true});
  for (const char* text : {"paper", "log,rate=0.3", "paper,mode=no_lateral", "paper,mode=random",
                           "paper,mode=center,rate=0.7"})
    for (const Shape& shape : {Shape{2, 16, 9, 13}, Shape{1, 128, 3, 5}, Shape{3, 48, 5, 4}}) {
      CAPTURE(text);
      CAPTURE(shape.str());
      const Inhibition i = Inhibition::parse(text);
      const Layout layout = ctx.activation_layout(shape[1]);
      const Tensor narrow = convert(ctx, test::random_tensor(ctx, shape, 3), DType::bf16, layout);
      const Tensor wide = convert(ctx, narrow, DType::f32, layout);
      MaskRecord a, b;
      const Tensor expected = inhibit(ctx, i, wide, 5, &a), got = inhibit(ctx, i, narrow, 5, &b);
      CHECK(got.dtype() == DType::bf16);
      test::expect_close(ctx, b.mask, a.mask, 0, 0);
      test::expect_close(ctx, got, expected, 0, 0);
      if (a.norms) test::expect_close(ctx, b.norms, a.norms, 0, 0);
    }
}

TEST_CASE("sum, mask and ReLU's backward in one pass are what they are one by one") {
  Context ref({.device = Device::ref, .poison = true});
  for (const bool bf16 : {false, true})
    for (const char* text : {"paper", "log,mode=no_minicolumn", "paper,mode=random"})
      for (const Shape& shape : {Shape{2, 16, 9, 13}, Shape{3, 48, 5, 4}, Shape{1, 512, 3, 2}}) {
        CAPTURE(bf16);
        CAPTURE(text);
        CAPTURE(shape.str());
        Context cpu({.poison = true});
        const Inhibition i = Inhibition::parse(text);
        const auto made = [&](uint64_t seed) {
          return convert(cpu, test::random_tensor(cpu, shape, seed),
                         bf16 ? DType::bf16 : DType::f32, cpu.activation_layout(shape[1]));
        };
        const Tensor a = made(1), b = made(2), y = made(3);
        const Tensor expected = complete(cpu, {inhibit(cpu, i, sum(cpu, a, b), 5), {}, y});
        test::expect_close(cpu, inhibit(cpu, i, {a, b, y}, 5), expected, 0, 0);
        test::expect_close(cpu, inhibit(cpu, i, {clone(cpu, a), b, y}, 5), expected, 0, 0);
        test::expect_close(cpu, inhibit(cpu, i, {a, clone(cpu, b), y}, 5), expected, 0, 0);
        const Tensor plain = inhibit(cpu, i, sum(cpu, a, b), 5);
        test::expect_close(cpu, inhibit(cpu, i, {a, b}, 5), plain, 0, 0);
        if (bf16) continue;
        const auto as_ref = [&](const Tensor& t) {
          return convert(ref, t, t.dtype(), Layout::plain);
        };
        test::expect_close(ref, inhibit(ref, i, {as_ref(a), as_ref(b), as_ref(y)}, 5), expected, 0,
                           0);
      }
}

TEST_CASE("a true Laplacian is blind to constants") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  Tensor g = ctx.zeros({1, 16, 12, 10});
  fill(ctx, g, 3);
  const MaskRecord r = record_of(ctx, Inhibition::log(), g);
  for (int64_t i = 0; i < r.responses.size(); ++i)
    CHECK(std::abs(r.responses.data<double>()[i]) < 1e-12);
}

TEST_CASE("the share that stays is 1 - rate without ties") {
  Context ctx;
  const Tensor g = test::random_tensor(ctx, {2, 32, 16, 16}, 11);
  for (const char* text : {"paper", "log,rate=0.25", "paper,rate=0.9", "paper,mode=random,rate=0.3",
                           "paper,mode=center,rate=0.3"}) {
    CAPTURE(text);
    const Inhibition i = Inhibition::parse(text);
    const MaskRecord r = record_of(ctx, i, g);
    const int64_t n = 256;
    for (int64_t m = 0; m < 32; ++m) {
      const uint8_t* p = r.mask.data<uint8_t>() + m * n;
      CHECK(std::accumulate(p, p + n, int64_t{0}) == kept_positions(i.rate, n));
    }
  }
}

TEST_CASE("equal values fall together: a constant map is inhibited whole") {
  for (const Device device : {Device::ref, Device::cpu}) {
    Context ctx({.device = device});
    Tensor g = ctx.zeros({1, 16, 6, 6});
    fill(ctx, g, 1);
    const Tensor masked = inhibit(ctx, Inhibition::parse("paper,mode=no_lateral"), g);
    test::expect_close(ctx, masked, ctx.zeros(g.shape()), 0, 0);
  }
}

TEST_CASE("thresholds are exact where values tie") {
  Context ref({.device = Device::ref}), cpu({.device = Device::cpu});
  Random random({.seed = 3, .use = RandomUse::test});
  for (const char* text : {"paper,mode=no_lateral,rate=0.37", "paper,mode=no_lateral",
                           "paper,mode=no_lateral,rate=0.95", "paper,mode=no_lateral,rate=0"}) {
    CAPTURE(text);
    Tensor g = ref.empty({3, 16, 5, 4});
    for (int64_t i = 0; i < g.size(); ++i)
      g.data<float>()[i] = static_cast<float>(random.below(4)) - 1;
    const MaskRecord a = record_of(ref, Inhibition::parse(text), g);
    const MaskRecord b = record_of(cpu, Inhibition::parse(text), g);
    test::expect_close(ref, b.thresholds, a.thresholds, 0, 0);
    test::expect_close(ref, b.mask, a.mask, 0, 0);
  }
}

TEST_CASE("a gradient that nobody shares is inhibited in its place") {
  for (const Device device : {Device::ref, Device::cpu})
    for (const char* text : {"paper", "paper,mode=center"}) {
      Context ctx({.device = device});
      const Inhibition i = Inhibition::parse(text);
      const Tensor g = test::random_tensor(ctx, {2, 32, 5, 7}, 9);
      const Tensor expected = inhibit(ctx, i, g);
      CHECK(!expected.shares_storage(g));
      Tensor own = as_layout(ctx, g, ctx.activation_layout(32));
      if (own.shares_storage(g)) own = clone(ctx, g);
      const void* memory = own.raw();
      const Tensor got = inhibit(ctx, i, std::move(own));
      CHECK(got.raw() == memory);
      test::expect_close(ctx, got, expected, 0, 0);
    }
}

TEST_CASE("masks of independent noise agree by chance, unless the padding is zero") {
  Context ctx({.device = Device::ref});
  const Tensor g = test::random_tensor(ctx, {1, 64, 32, 32}, 5);
  const auto of = [&](const char* text) {
    return agreement(record_of(ctx, Inhibition::parse(text), g).mask);
  };
  CHECK(of("paper") == doctest::Approx(0.50).epsilon(0.06));
  CHECK(of("log") == doctest::Approx(0.53).epsilon(0.12));
  CHECK(of("paper,kernel=11,padding=zero") > 0.9);
}

TEST_CASE("filters at the ends of their range have finite taps, and inhibit") {
  Context ctx({.device = Device::ref});
  const Tensor g = test::random_tensor(ctx, {1, 16, 6, 5}, 3);
  for (const char* preset : {"paper", "impulse", "log"})
    for (const char* end : {",sigma=0.01", ",sigma=1000", ",sigma=1000,kernel=1025"}) {
      CAPTURE(preset);
      CAPTURE(end);
      const Inhibition i = Inhibition::parse(std::string(preset) + end);
      const std::vector<double> taps = filter_taps(i.filter, i.filter.size_on(6, 5));
      CHECK(std::all_of(taps.begin(), taps.end(), [](double t) { return std::isfinite(t); }));
      const Tensor mask = record_of(ctx, i, g).mask;
      const uint8_t* m = mask.data<uint8_t>();
      CHECK(std::accumulate(m, m + mask.size(), int64_t{0}) < mask.size());
    }
}

TEST_CASE("inhibition reads and writes its text") {
  for (const char* text : {"paper", "impulse", "log", "log,rate=0.3,sets=8,mode=center",
                           "paper,sigma=2.5,kernel=7,padding=zero,zero_sum=1"}) {
    const Inhibition i = Inhibition::parse(text);
    CHECK(Inhibition::parse(i.str()) == i);
  }
  CHECK_THROWS_WITH_AS(Inhibition::parse("papre"),
                       "inhibition: papre is not a preset; did you mean paper?", Error);
  CHECK_THROWS_WITH_AS(Inhibition::parse("paper,rat=0.5"),
                       "inhibition: rat is not an option; did you mean rate?", Error);
  CHECK_THROWS_WITH_AS(Inhibition::parse("paper,rate=1"),
                       "--inhibit: inhibition rate=1; expected 0 <= rate < 1", Error);
  CHECK_THROWS_WITH_AS(Inhibition::parse("paper,kernel=4"),
                       "--inhibit: inhibition kernel=4; expected an odd size up to 1025, or auto",
                       Error);
  for (const char* text : {"paper,sigma=0", "log,sigma=1e300", "impulse,sigma=1e9",
                           "paper,sigma=1e-80", "paper,sigma=nan", "paper,kernel=2147483647"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(Inhibition::parse(text), Error);
  }
  CHECK_THROWS_WITH_AS(Inhibition::parse("log,sigma=1e300"),
                       "--inhibit: inhibition sigma=1e+300; expected 0.01 to 1000", Error);
  CHECK_THROWS_AS(Inhibition::parse("paper,sets=x"), Error);
  CHECK_THROWS_WITH_AS(
      Inhibition::paper().check(20, "layer1.0"),
      "layer1.0: 20 channels cannot be split into 16 even sets; choose sets that divide them",
      Error);
}

TEST_CASE("what has no elements is not inhibited") {
  for (const Device device : {Device::ref, Device::cpu})
    for (const char* text : {"paper", "log", "paper,mode=no_minicolumn", "paper,mode=random"})
      for (const Shape& shape : {Shape{0, 16, 4, 4}, Shape{2, 16, 0, 4}, Shape{2, 0, 4, 4}}) {
        Context ctx({.device = device});
        CHECK(inhibit(ctx, Inhibition::parse(text), ctx.zeros(shape)).shape() == shape);
      }
}

TEST_CASE("a NaN is not masked") {
  for (const Device device : {Device::ref, Device::cpu})
    for (const char* text : {"paper,sets=2", "log,sets=2", "paper,sets=2,mode=no_lateral"})
      for (const int64_t at : {int64_t{0}, int64_t{17}, int64_t{35}}) {
        CAPTURE(text);
        Context ctx({.device = device});
        Tensor g = test::random_tensor(ctx, {1, 4, 6, 6}, 3);
        g.data<float>()[at] = std::numeric_limits<float>::quiet_NaN();
        const Tensor masked = inhibit(ctx, Inhibition::parse(text), g);
        CHECK(std::isnan(masked.data<float>()[at]));
      }
}

TEST_CASE("inhibit in the forward pass") {
  test::OpCase c{.op =
                     [](Tape& tape, std::span<const Value> x) {
                       return inhibit(tape, x[0], Inhibition::parse("paper,sets=2"));
                     },
                 .shapes = {{2, 6, 5, 7}}};
  c.low = 0.1;
  c.activations = 1;
  test::expect_correct(c);
}

TEST_CASE(
    "inhibit in the forward pass keeps the stronger half, and its gradient goes there alone") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  const Tensor x = test::random_tensor(ctx, {3, 4, 6, 6}, 1, 0.1, 1);
  const Tensor before = clone(ctx, x);
  const Inhibition i = Inhibition::parse("log,sets=4,rate=0.25");
  const MaskRecord record = record_of(ctx, i, clone(ctx, x));
  Tensor gradient;
  Tape tape = Tape::evaluation(ctx);
  const Value y = inhibit(tape, tape.leaf(x, &gradient), i);
  Tensor ones = ctx.empty(y.shape(), DType::f64);
  fill(ctx, ones, 1);
  backward(tape, y, ones);
  int64_t kept = 0;
  for (int64_t k = 0; k < x.size(); ++k) {
    const bool stays = record.mask.data<uint8_t>()[k] != 0;
    kept += stays;
    CHECK(x.data<double>()[k] == before.data<double>()[k]);
    CHECK(y.tensor().data<double>()[k] == (stays ? before.data<double>()[k] : 0));
    CHECK(gradient.data<double>()[k] == (stays ? 1 : 0));
  }
  CHECK(kept == 3 * 4 * kept_positions(0.25, 36));
}
