// The backward pass: when a gradient is complete, what happens to it, and in which order.
//
// Every node that the root depends on has a count of the parts its gradient is still waiting for:
// one for each use of its output. Nodes are visited from the root backwards. When the last consumer
// has given its part the gradient is complete. Only then, in this order:
//   1. the output's inhibition is applied;
//   2. observers see the gradient;
//   3. where the op ends with ReLU, ReLU's backward is taken;
//   4. the op's backward runs and gives parts to its inputs; a leaf's gradient is accumulated;
//   5. the gradient and all that the op had saved are released.
// Without observers, the sum of the last two parts, 1 and 3 are one pass over memory.
// A residual block's output has two consumers, the next block's first convolution and its shortcut:
// this is why the mask belongs here and not to a layer's own code.
#pragma once

#include <span>

#include "engine/tape.h"

namespace lienet {

// A gradient that is complete, inhibited already.
struct GradientEvent {
  int node;                   // index on the tape
  const Node& record;         // op, layer name, shape
  int fan_in;                 // parts that were added
  const Tensor& gradient;     // in the layout in which it came
  const Tensor* uninhibited;  // before the mask, and
  const MaskRecord* mask;     // the mask: both null unless inhibited and some observer wants_masks
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_gradient(Context& ctx, const GradientEvent& event) = 0;
  virtual bool wants_masks() const { return false; }
};

// Runs backward from `root`, whose gradient is `seed` (null: ones, for a scalar loss). The tape is
// used up: what it saved is released on the way. Throws Error when the root is not on the tape or
// the tape was used already.
void backward(Tape& tape, const Value& root, const Tensor& seed = {},
              std::span<Observer* const> observers = {});

}  // namespace lienet
