// The network that tests of commands and pictures take: a ResNet-20 of width 4 for shapes100.
#pragma once

#include "tools/training/checkpoint.h"

namespace lienet::test {

inline const ModelDescription narrow_network{.dataset = "shapes100",
                                             .model = "resnet20",
                                             .stem = "cifar",
                                             .width = 4,
                                             .classes = 100,
                                             .stats = {{0.5f, 0.5f, 0.5f}, {0.25f, 0.25f, 0.25f}}};

}  // namespace lienet::test
