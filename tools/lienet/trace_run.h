// One training step, op by op: what forward computes and keeps in memory, then every gradient in
// the order in which the scheduler completes it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/batch_source.h"
#include "models/resnet.h"
#include "tools/training/metrics.h"

namespace lienet::commands {

// A tensor as it was when it was there.
struct TracedTensor {
  Shape shape{};
  DType dtype = DType::f32;
  Layout layout = Layout::plain;
  size_t bytes = 0;
  size_t in_use = 0;  // bytes that the context had handed out then, weights included
};

// An op of the forward pass.
struct TracedOp {
  std::string op{}, layer{};     // "conv2d", "layer1.0.conv1"; an op without a layer has none
  std::vector<size_t> inputs{};  // the ops whose outputs it reads, by their place in Trace::forward
  TracedTensor output{};
  double seconds = 0;
};

// A gradient that is complete, as the backward pass goes on with it: that of an op's output, or of
// a parameter.
struct TracedGradient {
  size_t op = 0;            // place in Trace::forward; of a parameter, of the op that reads it
  std::string parameter{};  // "conv1.weight"; empty where it is an output's
  int fan_in = 0;           // parts that were added
  TracedTensor gradient{};
  double norm = 0;                       // l2, behind the mask and before ReLU's backward
  std::optional<LayerTelemetry> mask{};  // what inhibition did to it, where there is some
  // Of outputs: parts added, ReLU's backward; the same and the mask in one pass, where there is
  // one; the op's own backward.
  double complete = 0, inhibit = 0, backward = 0;

  double seconds() const { return complete + inhibit + backward; }
};

struct Trace {
  double loss = 0;
  std::vector<TracedOp> forward{};
  std::vector<TracedGradient> backward{};
  size_t in_use_before = 0;  // bytes handed out when forward began: the weights

  double forward_seconds() const;
  double backward_seconds() const;
  size_t peak_in_use() const;
  // The gradient of that op's output; null where none flows to it.
  const TracedGradient* gradient_of(size_t op) const;
};

// Two passes over the batch with the same weights. The first is observed and tells all but the
// times, which are those of the second: nobody looks at that one, so that what the scheduler does
// in one pass over memory is done so. No weight changes; the last pass leaves its gradients.
Trace trace_step(Context& ctx, ResNet& model, const Batch& batch, Metric metric = Metric::top1);

}  // namespace lienet::commands
