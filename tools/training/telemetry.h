// What inhibition does in a training, layer by layer.
#pragma once

#include <vector>

#include "engine/scheduler.h"
#include "tools/training/metrics.h"

namespace lienet {

// Observes backward passes and measures every mask; layers come in forward order. It makes each
// pass slower, since masks are recorded: one step an epoch tells enough.
class Telemetry : public Observer {
 public:
  bool wants_masks() const override { return true; }
  void on_gradient(Context& ctx, const GradientEvent& event) override;

  // Since the last call.
  std::vector<LayerTelemetry> take();

 private:
  std::vector<LayerTelemetry> layers_;  // in backward order
};

// gradient G [N,C,u,v] before the mask.
LayerTelemetry measure_mask(Context& ctx, const std::string& layer, const Tensor& gradient,
                            const MaskRecord& record);

}  // namespace lienet
