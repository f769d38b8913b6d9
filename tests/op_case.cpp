#include "op_case.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/error.h"
#include "engine/gradcheck.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"

namespace lienet::test {
namespace {

// In f32, what bf16 holds of it.
Tensor rounded(Context& ctx, const Tensor& t) {
  return as_type(ctx, as_type(ctx, t, DType::bf16), t.dtype());
}

std::vector<Tensor> inputs_of(Context& ctx, const OpCase& c, bool bf16 = false) {
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < c.shapes.size(); ++i) {
    inputs.push_back(random_tensor(ctx, c.shapes[i], c.seed + i, c.low, c.high, c.away_from_zero));
    if (bf16) inputs.back() = rounded(ctx, inputs.back());
  }
  return inputs;
}

struct Result {
  Tensor y;
  std::vector<Tensor> gradients;
};

Result run(Context& ctx, const OpCase& c, std::vector<Tensor> inputs, int frozen,
           bool bf16 = false) {
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
  Tensor seed = random_tensor(ctx, y.shape(), c.seed + 100);
  if (bf16) seed = as_type(ctx, rounded(ctx, seed), y.tensor().dtype());
  backward(tape, y, seed);
  return r;
}

void expect_same(const OpCase& c, bool bf16) {
  Context ref({.device = Device::ref, .poison = true});
  Context cpu({.device = Device::cpu, .bf16 = bf16, .poison = true});
  // bf16 keeps 8 bits; sums are f32 in both.
  const double rtol = bf16 ? 1.6e-2 : 1.3e-6 * std::sqrt(static_cast<double>(c.depth)) + 1.3e-6;
  const double atol = bf16 ? std::max(c.atol, 1e-3) : c.atol;
  for (int frozen = -1; frozen < static_cast<int>(c.shapes.size()); ++frozen) {
    CAPTURE(frozen);
    const Result expected = run(ref, c, inputs_of(ref, c, bf16), frozen, bf16);
    for (const bool blocked : {false, true}) {
      CAPTURE(blocked);
      std::vector<Tensor> inputs = inputs_of(cpu, c, bf16);
      if (blocked)
        if (Tensor& x = inputs[0]; x.shape().rank() == 4)
          x = as_layout(cpu, x, cpu.activation_layout(x.dim(1)));
      for (size_t i = 0; bf16 && i < c.activations; ++i)
        inputs[i] = as_type(cpu, inputs[i], DType::bf16);
      const Result got = run(cpu, c, inputs, frozen, bf16);
      expect_close(cpu, got.y, expected.y, rtol, atol);
      for (size_t i = 0; i < inputs.size(); ++i) {
        CAPTURE(i);
        REQUIRE(bool(got.gradients[i]) == bool(expected.gradients[i]));
        if (!got.gradients[i]) continue;
        CHECK(got.gradients[i].dtype() == inputs[i].dtype());
        expect_close(cpu, got.gradients[i], expected.gradients[i], rtol, atol);
      }
    }
  }
}

}  // namespace

bool can_do_bf16() {
  try {
    ContextOptions{.bf16 = true}.check();
    return true;
  } catch (const Error& e) {
    MESSAGE("skipped: ", e.what());
    return false;
  }
}

Tensor random_tensor(Context& ctx, const Shape& shape, uint64_t seed, double low, double high,
                     double away) {
  Random random({.seed = seed, .use = RandomUse::test});
  Tensor t = ctx.empty(shape, DType::f32);
  for (int64_t i = 0; i < t.size(); ++i) {
    double v = random.uniform(low, high);
    if (std::abs(v) < away) v += v < 0 ? -away : away;
    t.data<float>()[i] = static_cast<float>(v);
  }
  return ctx.dtype() == DType::f32 ? t : convert(ctx, t, ctx.dtype(), Layout::plain);
}

void expect_close(Context& ctx, const Tensor& a, const Tensor& b, double rtol, double atol) {
  REQUIRE(a.shape() == b.shape());
  const Tensor x = convert(ctx, a, DType::f64, Layout::plain);
  const Tensor y = convert(ctx, b, DType::f64, Layout::plain);
  for (int64_t i = 0; i < x.size(); ++i) {
    const double got = x.data<double>()[i], expected = y.data<double>()[i];
    if (std::abs(got - expected) <= atol + rtol * std::abs(expected)) continue;
    INFO(a.str(), ", element ", i);
    CHECK(got == doctest::Approx(expected));
    return;
  }
}

void expect_gradients(const OpCase& c) {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .poison = true});
  CHECK_NOTHROW(gradcheck(ctx, c.op, inputs_of(ctx, c), {.training = c.training}));
}

void expect_same_on_every_backend(const OpCase& c) {
  expect_same(c, false);
  if (c.activations > 0 && can_do_bf16()) expect_same(c, true);
}

void expect_correct(const OpCase& c) {
  expect_gradients(c);
  expect_same_on_every_backend(c);
}

}  // namespace lienet::test
