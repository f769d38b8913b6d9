// Cascading randomisation: Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018. A
// network's layers are drawn anew one after the other, from the logits to the stem, each on top of
// those before it. A map that stays as it was does not tell what the network has learned.
#pragma once

#include <string>
#include <vector>

#include "layers/layer.h"

namespace lienet {

// A convolution with the BatchNorm that follows it, or a linear layer.
struct RandomizedStage {
  std::string name;  // of the convolution or the linear layer
  std::vector<Layer*> layers;
};

// In the order in which they are drawn anew: the reverse of that in which the model has them.
std::vector<RandomizedStage> randomization_stages(Layer& model);

// As models/initialise.h does it, from a stream of its own for each (seed, number).
void randomize(Context& ctx, const RandomizedStage& stage, uint64_t seed, uint32_t number);

}  // namespace lienet
