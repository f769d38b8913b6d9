// Is a backward pass right? Central differences in double precision. For your own layers, too.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/tape.h"

namespace lienet {

struct GradcheckOptions {
  double step = 1e-6;  // h of (f(x+h) - f(x-h)) / 2h
  double atol = 1e-5;
  double rtol = 1e-3;
  uint64_t seed = 1;  // of the random direction that turns the output into a scalar
  bool training = true;
};

// Checks every input of `op` against central differences, all of them together and then with each
// one frozen in turn. `op` builds its output from the given values on the given tape, on
// Device::ref in f64 (the inputs' type). Throws Error that names the input, the element, and both
// derivatives.
void gradcheck(Context& ctx, const std::function<Value(Tape&, std::span<const Value>)>& op,
               std::span<const Tensor> inputs, const GradcheckOptions& options = {});

}  // namespace lienet
