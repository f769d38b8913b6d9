// What inhibition does in a training, layer by layer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/scheduler.h"
#include "models/resnet.h"
#include "tools/training/metrics.h"

namespace lienet {

// Where a network without any inhibition would have it: all blocks but the last two. Empty for one
// that has some.
std::vector<std::string> blocks_of_paper(ResNet& model);

// Observes backward passes and measures every mask and, by the filter of the layer's inhibition,
// the flux; layers come in forward order. Without any inhibition, the flux alone, by the filter of
// preset paper where that would be. It makes each pass slower, since masks are recorded: one step
// an epoch tells enough.
class Telemetry : public Observer {
 public:
  explicit Telemetry(ResNet& model);

  bool wants_masks() const override { return true; }
  void on_gradient(Context& ctx, const GradientEvent& event) override;

  // Since the last call.
  std::vector<LayerTelemetry> take();

 private:
  std::map<std::string, LogFilter> filters_;  // of the layers that are looked at
  std::vector<LayerTelemetry> layers_;        // in backward order
};

// gradient G [N,C,u,v] before the mask.
LayerTelemetry measure_mask(Context& ctx, const std::string& layer, const Tensor& gradient,
                            const MaskRecord& record);

}  // namespace lienet
