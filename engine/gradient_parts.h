// A gradient all of whose parts were given, before they are put together: so that all that is done
// to it can be done in one pass over memory.
#pragma once

#include "engine/tensor.h"

namespace lienet {

struct GradientParts {
  Tensor a, b;  // G = a + b, or G = a where b is undefined
  // y = max(0, z), where the gradient by z is wanted and not G, that by y: G where y > 0, else 0.
  // Undefined where G itself is wanted.
  Tensor rectified;

  GradientParts() = default;
  GradientParts(Tensor first, Tensor second = {}, Tensor y = {})
      : a(std::move(first)), b(std::move(second)), rectified(std::move(y)) {}
};

}  // namespace lienet
