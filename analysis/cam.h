// CAM: Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016.
//   raw = sum_c w_{class,c} A_c [N,1,u,v]
// for a network that ends with an activation A [N,C,u,v], its mean over the map, and one linear
// layer of weights w [classes,C].
#pragma once

#include "analysis/relu_outputs.h"

namespace lienet {

// `pass` ran on `tape`; one class for each image. Throws Error where the network ends otherwise,
// and for a class that it does not have.
Tensor class_activation_map(const Tape& tape, Layer& network, const ReluPass& pass,
                            std::span<const int64_t> classes);

}  // namespace lienet
