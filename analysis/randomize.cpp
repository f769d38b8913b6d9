#include "analysis/randomize.h"

#include <algorithm>

#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/linear.h"
#include "models/initialise.h"

namespace lienet {

std::vector<RandomizedStage> randomization_stages(Layer& model) {
  std::vector<RandomizedStage> stages;
  model.visit([&](Layer& layer) {
    if (dynamic_cast<Conv2d*>(&layer) || dynamic_cast<Linear*>(&layer))
      stages.push_back({layer.path(), {&layer}});
    else if (dynamic_cast<BatchNorm2d*>(&layer) && !stages.empty())
      stages.back().layers.push_back(&layer);
  });
  std::reverse(stages.begin(), stages.end());
  return stages;
}

void randomize(Context& ctx, const RandomizedStage& stage, uint64_t seed, uint32_t number) {
  for (Layer* layer : stage.layers) initialise(ctx, *layer, {.seed = seed, .stream = number});
}

}  // namespace lienet
