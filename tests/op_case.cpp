#include "op_case.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/cuda/device.h"
#include "engine/error.h"
#include "engine/gradcheck.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"

namespace lienet::test {
namespace {

// One backend as it is tested: ref's values, rounded to the type of its activations, are its input.
struct Backend {
  Device device = Device::ref;
  Precision precision = Precision::fp32;

  DType narrow() const {
    return precision == Precision::bf16   ? DType::bf16
           : precision == Precision::fp16 ? DType::f16
                                          : DType::f32;
  }
  // Sums are f32 in all; bf16 keeps 8 bits, fp16 and the factors of tf32 keep 11.
  double rtol(const OpCase& c) const {
    switch (precision) {
      case Precision::fp32:
        return 1.3e-6 * std::sqrt(static_cast<double>(c.depth)) + 1.3e-6;
      case Precision::bf16:
        return 1.6e-2;
      default:
        return 4e-3;
    }
  }
  double atol(const OpCase& c) const {
    if (precision == Precision::fp32) return c.atol;
    const double grows = precision == Precision::tf32 ? std::sqrt(static_cast<double>(c.depth)) : 1;
    return std::max(c.atol, 1e-3 * grows);
  }
};

Tensor drawn(Context& ctx, const Shape& shape, const OpCase& c, uint64_t seed, DType rounded_to) {
  const Tensor t = to_host(ctx, random_tensor(ctx, shape, seed, c.low, c.high, c.away_from_zero));
  return rounded_to == DType::f32 ? t : as_type(ctx, as_type(ctx, t, rounded_to), t.dtype());
}

struct Result {
  Tensor y;
  std::vector<Tensor> gradients;
};

// `narrow`: what all values are rounded to.
Result run(Context& ctx, const OpCase& c, std::span<const Tensor> inputs, int frozen,
           DType narrow) {
  Tape tape(ctx, {c.training, true, false});
  Result r;
  r.gradients.resize(inputs.size());
  std::vector<Value> values;
  for (size_t i = 0; i < inputs.size(); ++i)
    values.push_back(static_cast<int>(i) == frozen ? tape.constant(inputs[i])
                                                   : tape.leaf(inputs[i], &r.gradients[i]));
  const Value y = c.op(tape, values);
  r.y = y.tensor();
  if (!y.tracked()) return r;
  OpCase unit;
  const Tensor seed = drawn(ctx, y.shape(), unit, c.seed + 100, narrow);
  const Tensor dy = to_device(ctx, as_type(ctx, seed, y.tensor().dtype()));
  const Tensor before = clone(ctx, dy);
  backward(tape, y, dy);
  expect_close(ctx, dy, before, 0, 0);  // nobody writes to dy
  return r;
}

// The case's inputs, the first in the backend's own layout where told, activations in its type.
std::vector<Tensor> inputs_of(Context& ctx, const OpCase& c, DType narrow, bool own_layout) {
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < c.shapes.size(); ++i) {
    Tensor t = drawn(ctx, c.shapes[i], c, c.seed + i, narrow);
    if (own_layout && i == 0 && t.shape().rank() == 4)
      t = as_layout(ctx, t, ctx.activation_layout(t.dim(1)));
    if (i < c.activations) t = as_type(ctx, t, ctx.activation_dtype());
    inputs.push_back(to_device(ctx, t));
  }
  return inputs;
}

void expect_same(const OpCase& c, const Backend& backend) {
  CAPTURE(std::string(name_of(backend.device)));
  CAPTURE(std::string(name_of(backend.precision)));
  Context ref({.device = Device::ref, .poison = true});
  Context own({.device = backend.device,
               .precision = backend.precision,
               .winograd = c.winograd,
               .poison = true});
  const double rtol = backend.rtol(c), atol = backend.atol(c);
  const DType narrow = backend.narrow();
  for (int frozen = -1; frozen < static_cast<int>(c.shapes.size()); ++frozen) {
    CAPTURE(frozen);
    const Result expected = run(ref, c, inputs_of(ref, c, narrow, false), frozen, narrow);
    for (const bool own_layout : {false, true}) {
      CAPTURE(own_layout);
      const std::vector<Tensor> inputs = inputs_of(own, c, narrow, own_layout);
      const Result got = run(own, c, inputs, frozen, narrow);
      expect_close(own, got.y, expected.y, rtol, atol);
      for (size_t i = 0; i < inputs.size(); ++i) {
        CAPTURE(i);
        REQUIRE(bool(got.gradients[i]) == bool(expected.gradients[i]));
        if (!got.gradients[i]) continue;
        CHECK(got.gradients[i].dtype() == inputs[i].dtype());
        expect_close(own, got.gradients[i], expected.gradients[i], rtol, atol);
      }
    }
  }
}

}  // namespace

bool can_do_bf16() {
  try {
    ContextOptions{.precision = Precision::bf16}.check();
    return true;
  } catch (const Error& e) {
    MESSAGE("skipped: ", e.what());
    return false;
  }
}

bool can_do_cuda() {
  if (cuda::available()) return true;
  static const bool said = [] {
    MESSAGE("skipped: no CUDA device");
    return true;
  }();
  return !said;
}

Tensor random_tensor(Context& ctx, const Shape& shape, uint64_t seed, double low, double high,
                     double away) {
  Random random({.seed = seed, .use = RandomUse::test});
  Tensor t = ctx.empty_on_host(shape, DType::f32);
  for (int64_t i = 0; i < t.size(); ++i) {
    double v = random.uniform(low, high);
    if (std::abs(v) < away) v += v < 0 ? -away : away;
    t.data<float>()[i] = static_cast<float>(v);
  }
  return to_device(ctx, as_type(ctx, t, ctx.dtype()));
}

void expect_close(Context& ctx, const Tensor& a, const Tensor& b, double rtol, double atol) {
  REQUIRE(a.shape() == b.shape());
  const Tensor x = convert(ctx, to_host(ctx, a), DType::f64, Layout::plain);
  const Tensor y = convert(ctx, to_host(ctx, b), DType::f64, Layout::plain);
  for (int64_t i = 0; i < x.size(); ++i) {
    const double got = x.data<double>()[i], expected = y.data<double>()[i];
    if (std::abs(got - expected) <= atol + rtol * std::abs(expected)) continue;
    FAIL_CHECK(a.str(), ", element ", i, ": ",
               fmt::format("{:.9g}, expected {:.9g}", got, expected));
    return;
  }
}

void expect_gradients(const OpCase& c) {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .poison = true});
  CHECK_NOTHROW(
      gradcheck(ctx, c.op, inputs_of(ctx, c, DType::f32, false), {.training = c.training}));
}

void expect_same_on_every_backend(const OpCase& c) {
  expect_same(c, {Device::cpu, Precision::fp32});
  if (c.activations > 0 && can_do_bf16()) expect_same(c, {Device::cpu, Precision::bf16});
  if (!can_do_cuda()) return;
  expect_same(c, {Device::cuda, Precision::fp32});
  if (c.activations == 0) return;
  for (const Precision p : {Precision::tf32, Precision::bf16, Precision::fp16})
    expect_same(c, {Device::cuda, p});
}

void expect_correct(const OpCase& c) {
  expect_gradients(c);
  expect_same_on_every_backend(c);
}

}  // namespace lienet::test
