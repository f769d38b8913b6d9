// Where the time of a training step goes: forward and backward of each op, and what the scheduler
// does in between.
#pragma once

#include <deque>
#include <string>

#include "engine/tape.h"
#include "tools/bench/laps.h"

namespace lienet {

struct OpTime {
  std::string op, layer;  // "conv2d", "layer1.0.conv1"; an op without a layer has an empty name
  // Seconds, of all passes that were watched. complete: the parts of its output's gradient are
  // added, and where it ends with ReLU, that one's backward is taken; inhibit: the same and the
  // mask in one pass, where it is inhibited.
  double forward = 0, backward = 0, complete = 0, inhibit = 0;

  double total() const { return forward + backward + complete + inhibit; }
};

// Multiplications of one op, where it is a convolution or a matrix product: each value of its
// output is a sum over a filter. 0 for others.
int64_t macs_of(const Tape& tape, const Node& node);

// Floating-point operations of the convolutions and matrix products of a recorded pass: two for
// each multiplication and addition.
double forward_operations(const Tape& tape);

// Watches one pass at a time, and outlives its tape. All of the pass is some op's time, but what
// follows the last backward. Times are known when the laps are settled.
class OpTimes {
 public:
  explicit OpTimes(Laps& laps) : laps_(laps) {}

  // Before forward: the time of an op ends when it is recorded, and begins where the last one's
  // ended.
  void watch_forward(Tape& tape);
  // Between forward and backward, which is to follow at once.
  void watch_backward(Tape& tape);

  // In forward order.
  const std::deque<OpTime>& ops() const { return ops_; }
  // Of forward and backward in the last pass: backward repeats them for each tracked factor.
  double operations() const { return operations_; }
  // What was measured so far is forgotten: after the warm-up.
  void reset();

 private:
  class TimedInhibitor;

  Laps& laps_;
  std::deque<OpTime> ops_;  // one for each node of the tape that is no leaf; they stay in place
  size_t next_ = 0;         // of ops_, in the pass that is watched
  double operations_ = 0;
};

}  // namespace lienet
