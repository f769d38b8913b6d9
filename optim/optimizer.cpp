#include "optim/optimizer.h"

#include <cmath>

#include "engine/check.h"

namespace lienet {

void Optimizer::set_learning_rate(double rate) {
  if (!(std::isfinite(rate) && rate >= 0))
    fail("optimiser: learning rate {}; expected 0 or more", rate);
  learning_rate_ = rate;
}

}  // namespace lienet
