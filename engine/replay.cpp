#include "engine/replay.h"

#include <utility>

#include "engine/cuda/device.h"

namespace lienet {
namespace {

// While it lives, the one is the other.
template <class T>
class Exchanged {
 public:
  Exchanged(T& member, T& with) : member_(member), with_(with) { std::swap(member_, with_); }
  ~Exchanged() { std::swap(member_, with_); }
  Exchanged(const Exchanged&) = delete;
  Exchanged& operator=(const Exchanged&) = delete;

 private:
  T &member_, &with_;
};

}  // namespace

Replay::Replay(Context& ctx, bool record, int plain_runs)
    : ctx_(ctx), record_(record && ctx.device() == Device::cuda), plain_runs_left_(plain_runs) {
  if (record_)
    memory_ =
        std::make_shared<Allocator>(cuda::make_device_memory(ctx.stream_), ctx.options_.poison);
}

Replay::~Replay() = default;

void Replay::operator()(const std::function<void()>& step) {
  if (!record_) return step();
  if (!graph_) {
    const Exchanged own_memory(ctx_.allocator_, memory_);
    if (plain_runs_left_ > 0) {
      --plain_runs_left_;
      return step();
    }
    record(step);
  }
  for (const std::function<void()>& f : each_step_) f();
  cuda::launch(ctx_.stream(), *graph_);
}

void Replay::once(const std::function<void()>& step) {
  if (!record_) return step();
  record_again();
  const Exchanged own_memory(ctx_.allocator_, memory_);
  step();
}

void Replay::record(const std::function<void()>& step) {
  each_step_.clear();
  std::vector<std::function<void()>>* recording = &each_step_;
  const Exchanged marked(ctx_.recording_, recording);
  cuda::begin_recording(ctx_.stream());
  try {
    step();
  } catch (...) {
    cuda::abandon_recording(ctx_.stream());
    throw;
  }
  graph_ = cuda::end_recording(ctx_.stream());
}

}  // namespace lienet
