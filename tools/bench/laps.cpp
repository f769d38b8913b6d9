#include "tools/bench/laps.h"

#include "engine/cuda/device.h"
#include "engine/transfer.h"
#include "tools/training/measure.h"

namespace lienet {

void Laps::begin() {
  if (ctx_.device() == Device::cuda)
    mark_ = cuda::timed_mark(ctx_.stream());
  else
    since_ = steady_seconds();
}

void Laps::end(double& seconds) {
  if (ctx_.device() == Device::cuda) {
    const auto begin = mark_;
    this->begin();
    laps_.push_back({&seconds, begin, mark_});
  } else {
    const double now = steady_seconds();
    seconds += now - since_;
    since_ = now;
  }
}

void Laps::settle() {
  wait_for_device(ctx_);
  for (const Lap& lap : laps_) *lap.seconds += cuda::seconds_between(*lap.begin, *lap.end);
  laps_.clear();
}

}  // namespace lienet
