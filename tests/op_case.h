// One case of an op gives all its checks: gradients in double with each input frozen in turn, and
// every backend against ref.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "engine/tape.h"

namespace lienet::test {

using Op = std::function<Value(Tape&, std::span<const Value>)>;

struct OpCase {
  Op op;
  std::vector<Shape> shapes;  // of the inputs: odd, unequal sizes
  // Inputs are drawn from [low, high) but at least `away_from_zero` from 0, where kinks are.
  double low = -1, high = 1, away_from_zero = 0;
  bool training = true;
  int64_t depth = 1;   // of the longest sum: the tolerance in f32 grows with its root
  double atol = 1e-5;  // in f32, beside what depth allows
  // So many inputs, from the first, are activations: with them the op is tested in every precision.
  size_t activations = 0;
  bool winograd = true;  // see ContextOptions
  uint64_t seed = 7;
};

// Whether this processor can; where not, says that a test is skipped.
bool can_do_bf16();

// Whether this build and machine have a CUDA device; where not, says once that tests are skipped.
bool can_do_cuda();

// Random values in the context's type and memory, the same whatever those are.
Tensor random_tensor(Context& ctx, const Shape& shape, uint64_t seed, double low = -1,
                     double high = 1, double away_from_zero = 0);

// Central differences on ref in double.
void expect_gradients(const OpCase& c);
// Outputs and gradients of cpu and cuda in f32, and in their other precisions where the case says
// so, against ref in f32 on the same values, with plain inputs and with the first in the backend's
// own layout, memory poisoned, each input frozen in turn.
void expect_same_on_every_backend(const OpCase& c);
// Both.
void expect_correct(const OpCase& c);

// |a - b| <= atol + rtol*|b| everywhere; shapes equal; layouts and types may differ.
void expect_close(Context& ctx, const Tensor& a, const Tensor& b, double rtol, double atol);

}  // namespace lienet::test
