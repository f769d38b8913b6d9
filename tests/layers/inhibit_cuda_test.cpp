// The GPU's block program, run on the host, against ref.
#include "layers/inhibit_plan_cuda.cuh"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "block_program.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "inhibit_tolerance.h"
#include "layers/apply_masks_cuda.cuh"
#include "layers/inhibit.h"
#include "op_case.h"

using namespace lienet;

namespace {

struct Expected {
  Tensor masked;
  MaskRecord record;
};

template <class T>
struct Run {
  Shape shape;
  std::vector<T> a, b, y, masked;
  std::vector<float> filter, norms, responses, thresholds, scratch;
  std::vector<uint8_t> mask;
  cuda::InhibitTask task;

  explicit Run(const Shape& s, const std::vector<T>& gradient) : shape(s), a(gradient) {}

  template <int width, bool in_memory>
  void go(const Inhibition& inhibition) {
    const int64_t u = shape[2], v = shape[3], K = inhibition.sets_for(shape[1]);
    const cuda::InhibitFilter f = cuda::make_inhibit_filter(inhibition.filter, u, v);
    filter = f.values;
    cuda::Inhibit<T, width, in_memory> program{};
    program.task = cuda::make_inhibit_task(inhibition, shape, &f, filter.data());
    CHECK(cuda::plan_inhibit(program, 227 * 1024));
    const int64_t blocks = shape[0] * program.task.blocks_per_sample();
    if (in_memory) {
      program.task.keep_gradient = shape[0] > 1;
      scratch.resize(static_cast<size_t>(blocks * program.task.work_floats()));
      program.task.scratch = scratch.data();
    }
    const auto maps = static_cast<size_t>(shape[0] * K * u * v);
    norms.resize(maps), responses.resize(maps), mask.resize(maps), masked.resize(a.size());
    thresholds.resize(static_cast<size_t>(shape[0] * K));
    program.task.norms = norms.data(), program.task.responses = responses.data();
    program.task.thresholds = thresholds.data(), program.task.mask = mask.data();
    program.a = a.data();
    program.b = b.empty() ? nullptr : b.data();
    program.y = y.empty() ? nullptr : y.data();
    program.masked = masked.data();
    task = program.task;
    test::run_program(blocks, program, masked, norms, responses, thresholds, mask);
  }
  void go(const Inhibition& inhibition, bool in_memory = false) {
    constexpr int width = cuda::full_width<T>;
    const auto K = inhibition.sets_for(shape[1]);
    if (in_memory)
      go<1, true>(inhibition);
    else if (cuda::inhibit_fits(width, static_cast<int>(shape[1]), static_cast<int>(shape[1] / K)))
      go<width, false>(inhibition);
    else
      go<1, false>(inhibition);
  }
};

Expected expected_of(Context& ctx, const Inhibition& i, const Tensor& g) {
  Expected e;
  e.masked = inhibit(ctx, i, g, 0, &e.record);
  return e;
}

// That of the record. Rounding may decide where a response is all but equal to the threshold.
void expect_mask(const MaskRecord& expected, const Tensor& mask) {
  const int64_t n = mask.dim(2) * mask.dim(3);
  for (int64_t i = 0; i < mask.size(); ++i) {
    if (mask.data<uint8_t>()[i] == expected.mask.data<uint8_t>()[i]) continue;
    CAPTURE(i);
    REQUIRE(bool(expected.responses));
    const float q = expected.thresholds.data<float>()[i / n];
    CHECK(std::abs(expected.responses.data<float>()[i]) ==
          doctest::Approx(q).epsilon(3e-6).scale(0));
  }
}

// The gradient where the mask is 1, else 0.
void expect_masked(const Tensor& masked, const Tensor& gradient, const Tensor& mask) {
  const int64_t n = mask.dim(2) * mask.dim(3), channels = masked.dim(1) / mask.dim(1);
  int64_t wrong = 0;
  for (int64_t i = 0; i < masked.size(); ++i) {
    const bool keep = mask.data<uint8_t>()[i / (channels * n) * n + i % n];
    wrong += masked.data<float>()[i] != (keep ? gradient.data<float>()[i] : 0);
  }
  CHECK(wrong == 0);
}

template <class T>
void expect_like_ref(const char* text, const Shape& shape, bool in_memory = false) {
  CAPTURE(text);
  CAPTURE(shape.str());
  Context ctx({.device = Device::ref});
  const Inhibition i = Inhibition::parse(text);
  Run<T> run(shape, test::nhwc<T>(test::random_tensor(ctx, shape, 3)));
  const Expected e = expected_of(ctx, i, test::plain(ctx, run.a, shape));
  run.go(i, in_memory);
  const int64_t K = e.record.mask.dim(1);
  const auto as_plain = [&](const auto& values, const Shape& s) {
    Tensor t = ctx.empty(s, DType::f32);
    for (int64_t k = 0; k < t.size(); ++k)
      t.data<float>()[k] = static_cast<float>(values[static_cast<size_t>(k)]);
    return t;
  };
  const double atol = test::response_tolerance(i.filter, e.record.norms);
  test::expect_close(ctx, as_plain(run.norms, e.record.norms.shape()), e.record.norms, 1e-5, 1e-6);
  test::expect_close(ctx, as_plain(run.responses, e.record.norms.shape()), e.record.responses, 1e-5,
                     atol);
  test::expect_close(ctx, as_plain(run.thresholds, {shape[0], K}), e.record.thresholds, 1e-5, atol);
  Tensor mask = ctx.empty(e.record.mask.shape(), DType::u8);
  std::copy(run.mask.begin(), run.mask.end(), mask.data<uint8_t>());
  expect_mask(e.record, mask);
  expect_masked(test::plain(ctx, run.masked, shape), test::plain(ctx, run.a, shape), mask);
}

}  // namespace

TEST_CASE("the GPU's mask is ref's") {
  for (const char* text :
       {"paper", "impulse", "log", "paper,sets=4,padding=zero,kernel=11", "log,mode=no_minicolumn",
        "paper,mode=no_lateral,rate=0.3", "paper,rate=0", "paper,padding=symmetric,kernel=7",
        "paper,padding=zero,kernel=3,rate=0.9", "paper,zero_sum=1"})
    for (const Shape& shape :
         {Shape{2, 16, 9, 13}, Shape{3, 48, 8, 8}, Shape{2, 32, 2, 2}, Shape{1, 16, 1, 1},
          Shape{2, 64, 7, 1}, Shape{1, 128, 3, 5}, Shape{2, 512, 3, 2}, Shape{1, 80, 4, 3}}) {
      expect_like_ref<float>(text, shape);
      expect_like_ref<bfloat16>(text, shape);
    }
}

TEST_CASE("the GPU's mask on the maps of the usual networks") {
  for (const Shape& shape :
       {Shape{1, 64, 32, 32}, Shape{1, 128, 16, 16}, Shape{2, 256, 8, 8}, Shape{2, 512, 4, 4},
        Shape{1, 512, 28, 28}, Shape{1, 256, 14, 14}, Shape{1, 256, 7, 7}, Shape{1, 64, 56, 56}})
    expect_like_ref<bfloat16>("paper", shape);
  expect_like_ref<float16>("paper", {2, 128, 16, 16});
  expect_like_ref<float>("paper,sets=4", {1, 16, 56, 56});
  for (const Shape& shape : {Shape{1, 32, 32, 32}, Shape{1, 64, 14, 14}, Shape{2, 256, 7, 7}})
    expect_like_ref<bfloat16>("log,sets=2", shape);
}

TEST_CASE("the GPU's mask where maps lie in memory") {
  for (const char* text : {"paper", "log,sets=4", "paper,mode=no_lateral"}) {
    expect_like_ref<float>(text, {2, 16, 9, 13}, true);
    expect_like_ref<bfloat16>(text, {1, 128, 6, 5}, true);
  }
}

TEST_CASE("the GPU's mask adds two parts and takes ReLU's backward") {
  Context ctx({.device = Device::ref});
  const Shape shape{2, 64, 6, 5};
  const Inhibition i = Inhibition::paper();
  Run<bfloat16> run(shape, test::nhwc<bfloat16>(test::random_tensor(ctx, shape, 1)));
  run.b = test::nhwc<bfloat16>(test::random_tensor(ctx, shape, 2));
  run.y = test::nhwc<bfloat16>(test::random_tensor(ctx, shape, 4));
  std::vector<bfloat16> sum(run.a.size());
  for (size_t k = 0; k < sum.size(); ++k) sum[k] = bfloat16(float(run.a[k]) + float(run.b[k]));
  Tensor expected = inhibit(ctx, i, test::plain(ctx, sum, shape));
  const Tensor y = test::plain(ctx, run.y, shape);
  for (int64_t k = 0; k < expected.size(); ++k)
    if (!(y.data<float>()[k] > 0)) expected.data<float>()[k] = 0;
  run.go(i);
  test::expect_close(ctx, test::plain(ctx, run.masked, shape), expected, 0, 0);
}

TEST_CASE("the GPU applies masks that were drawn") {
  Context ctx({.device = Device::ref});
  for (const Shape& shape : {Shape{2, 16, 9, 5}, Shape{3, 64, 4, 4}}) {
    const auto g = test::nhwc<bfloat16>(test::random_tensor(ctx, shape, 1));
    for (const char* text : {"paper,mode=random", "paper,mode=center,rate=0.7,sets=4"}) {
      MaskRecord r;
      const Tensor expected =
          inhibit(ctx, Inhibition::parse(text), test::plain(ctx, g, shape), 5, &r);
      std::vector<bfloat16> masked(g.size());
      const auto C = static_cast<int>(shape[1]), K = static_cast<int>(r.mask.dim(1));
      const cuda::Divisor positions(static_cast<int>(shape[2] * shape[3]));
      const cuda::ApplyMasks<bfloat16, 8> program{
          g.data(),  r.mask.data<uint8_t>(), masked.data(),       shape[0], K,
          positions, cuda::Divisor(C / K),   cuda::Divisor(C / 8)};
      test::run_program(program.blocks(), program, masked);
      test::expect_close(ctx, test::plain(ctx, masked, shape), expected, 0, 0);
    }
  }
}

TEST_CASE("the GPU's mask in the gradient's own memory") {
  Context ctx({.device = Device::ref});
  const Shape shape{2, 32, 6, 5};
  const auto g = test::nhwc<float>(test::random_tensor(ctx, shape, 1));
  for (const bool keep : {true, false}) {
    Run<float> run(shape, g);
    run.go(Inhibition::paper());
    const auto expected = run.masked;
    auto own = g;
    cuda::Inhibit<float, 4> program;
    program.task = run.task;
    program.task.norms = nullptr;
    program.task.keep_gradient = keep;
    program.a = own.data(), program.masked = own.data();
    program.b = program.y = nullptr;
    cuda::run_on_host(shape[0] * program.task.blocks_per_sample(), program);
    CHECK(own == expected);
  }
}

TEST_CASE("the GPU's thresholds are exact where values tie, and a NaN stays") {
  Context ctx({.device = Device::ref});
  Random random({.seed = 3, .use = RandomUse::test});
  const Shape shape{3, 16, 5, 4};
  for (const char* text : {"paper,mode=no_lateral,rate=0.37", "paper,mode=no_lateral",
                           "paper,mode=no_lateral,rate=0.95", "paper,mode=no_lateral,rate=0"}) {
    CAPTURE(text);
    Tensor g = ctx.empty(shape);
    for (int64_t i = 0; i < g.size(); ++i)
      g.data<float>()[i] = static_cast<float>(random.below(4)) - 1;
    Run<float> run(shape, test::nhwc<float>(g));
    const Expected e = expected_of(ctx, Inhibition::parse(text), g);
    run.go(Inhibition::parse(text));
    test::expect_close(ctx, test::plain(ctx, run.masked, shape), e.masked, 0, 0);
    CHECK(std::equal(run.thresholds.begin(), run.thresholds.end(),
                     e.record.thresholds.data<float>()));
  }
  for (const char* text : {"paper,sets=2", "log,sets=2", "paper,sets=2,mode=no_lateral"})
    for (const size_t at : {size_t{0}, size_t{17}, size_t{71}}) {
      Run<float> run({1, 4, 6, 6}, test::nhwc<float>(test::random_tensor(ctx, {1, 4, 6, 6}, 3)));
      run.a[at] = std::numeric_limits<float>::quiet_NaN();
      run.go(Inhibition::parse(text));
      CHECK(std::isnan(run.masked[at]));
    }
}

TEST_CASE("cuda and ref draw the same masks") {
  if (!test::can_do_cuda()) return;
  Context ref({.device = Device::ref, .poison = true});
  Context gpu({.device = Device::cuda, .poison = true});
  for (const char* text : {"paper", "log", "paper,sets=4,padding=zero,kernel=11",
                           "log,mode=no_minicolumn", "paper,mode=no_lateral,rate=0.3",
                           "paper,rate=0", "paper,mode=random", "paper,mode=center,rate=0.7"})
    for (const Shape& shape :
         {Shape{2, 16, 9, 13}, Shape{3, 48, 8, 8}, Shape{1, 16, 1, 1}, Shape{2, 64, 32, 32},
          Shape{1, 64, 56, 56}, Shape{1, 16, 200, 150}}) {
      CAPTURE(text);
      CAPTURE(shape.str());
      const Inhibition i = Inhibition::parse(text);
      const Tensor g = test::random_tensor(ref, shape, 3), b = test::random_tensor(ref, shape, 4);
      const Tensor y = test::random_tensor(ref, shape, 5);
      MaskRecord expected, got;
      inhibit(ref, i, g, 5, &expected);
      const auto there = [&](const Tensor& t) {
        return as_layout(gpu, to_device(gpu, t), Layout::nhwc);
      };
      const Tensor masked = to_host(gpu, inhibit(gpu, i, there(g), 5, &got));
      const Tensor mask = to_host(gpu, got.mask);
      expect_mask(expected, mask);
      expect_masked(as_plain(ref, masked), g, mask);
      if (expected.norms)
        test::expect_close(ref, to_host(gpu, got.norms), expected.norms, 1e-5, 1e-6);
      // The sum of two parts, through ReLU's backward.
      const Tensor all = to_host(gpu, inhibit(gpu, i, {there(g), there(b), there(y)}, 5, &got));
      expect_masked(as_plain(ref, all), complete(ref, {g, b, y}), to_host(gpu, got.mask));
    }
}
