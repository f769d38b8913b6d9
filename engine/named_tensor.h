// A tensor and the name under which it is saved.
#pragma once

#include <string>

#include "engine/tensor.h"

namespace lienet {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

}  // namespace lienet
