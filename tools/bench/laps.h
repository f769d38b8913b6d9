// Time in laps: on the host by its clock; on the GPU by marks in the stream's work, since what is
// issued there is not done when the call returns.
#pragma once

#include <memory>
#include <vector>

#include "engine/context.h"

namespace lienet {

namespace cuda {
class Mark;
}

class Laps {
 public:
  // The context outlives it.
  explicit Laps(Context& ctx) : ctx_(ctx) {}

  void begin();               // of a lap
  void end(double& seconds);  // of the lap, which is added to `seconds`; and the next one's begin
  // On the GPU laps are added here, when all of them are done; `seconds` has to stay until then.
  void settle();

 private:
  struct Lap {
    double* seconds;
    std::shared_ptr<const cuda::Mark> begin, end;
  };

  Context& ctx_;
  double since_ = 0;                        // on the host, and
  std::shared_ptr<const cuda::Mark> mark_;  // on the GPU: the lap's begin
  std::vector<Lap> laps_;
};

}  // namespace lienet
