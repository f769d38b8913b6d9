// Replay: a step of a training, whose shapes do not change, without the host's work for it. On
// Device::cuda what the step issues is recorded once, as a CUDA graph, and then launched as one; on
// other devices it simply runs.
//
// A replay repeats the recorded work on the same memory: the step takes memory from an allocator of
// its own, where nothing is put between replays, and tensors that it reads have to be those that it
// was recorded with. Nothing in it may depend on a value that the device computes, and nothing
// may move between host and device. What the host has to do each time it gives to
// Context::each_step().
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/context.h"

namespace lienet {

namespace cuda {
class Graph;
}

class Replay {
 public:
  // The first `plain_runs` are as on other devices, since backends choose their plans in them.
  // Without `record` all are. The context outlives it.
  explicit Replay(Context& ctx, bool record = true, int plain_runs = 2);
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  // Each time the same step, of which the first calls run and record, and the later ones replay.
  void operator()(const std::function<void()>& step);
  // Another step, that is not to be replayed, in the same memory: a training has room for one step,
  // and not always for two. What it leaves there may stay: the next call of the other records anew.
  void once(const std::function<void()>& step);
  bool recorded() const { return graph_ != nullptr; }
  // The step is no longer what was recorded: the next call records it.
  void record_again() { graph_.reset(); }

 private:
  void record(const std::function<void()>& step);

  Context& ctx_;
  const bool record_;
  int plain_runs_left_;
  std::shared_ptr<Allocator> memory_;
  std::vector<std::function<void()>> each_step_;
  std::shared_ptr<const cuda::Graph> graph_;
};

}  // namespace lienet
