// A recorded pass through a network that keeps the outputs of its ReLUs: what saliency looks at.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "layers/layer.h"

namespace lienet {

// An activation: the output of an op that ends with ReLU, with a map.
struct ReluOutput {
  int node = -1;      // on the tape
  std::string layer;  // whose output it is: "layer1.0.bn1", "layer4.1"
  Tensor value;       // [N,C,u,v] in the layout in which the network left it
};

struct ReluPass {
  Value output;                   // of the network
  std::vector<ReluOutput> relus;  // in forward order
};

// Whether the node's op ends with ReLU.
bool is_relu(const Node& node);

// Runs the network on a tape that records.
ReluPass run_with_relus(Tape& tape, Layer& network, const Value& x);

// Those of the layers named, in forward order; all where none is named. Throws Error for a name
// that none of them has, with the nearest.
std::vector<ReluOutput> select_layers(std::span<const ReluOutput> relus,
                                      std::span<const std::string> layers);

}  // namespace lienet
