// The learning rate as a function of the step alone, so that resuming needs no state. With s the
// step, counted from 0, S all steps and W those of warm-up:
//   warm-up     peak * (s + 1) / W  for s < W: linear, Goyal et al., "Accurate, Large Minibatch
//               SGD", 2017; then
//   constant    peak
//   multistep   peak * factor^(number of milestones <= s), as torch's MultiStepLR
//   cosine      final_rate + (peak - final_rate) / 2 * (1 + cos(pi * (s - W) / (S - W))):
//               Loshchilov & Hutter, "SGDR", 2017, equation 5, without restarts
//   one-cycle   Smith & Topin, "Super-Convergence", 2018, as torch's OneCycleLR with its defaults:
//               half a cosine from peak / 25 at step 0 up to peak at step W - 1, then half a cosine
//               down to peak / 25 / 1e4 at step S - 1; W = 0.3 * S where none is given, and with
//               W = 0 down from the first step on
// From step S on the rate stays what it is at S, for one-cycle at S - 1.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace lienet {

enum class ScheduleKind : uint8_t { constant, multistep, cosine, one_cycle };
const char* name_of(ScheduleKind kind);
// "constant", "multistep", "cosine", "one-cycle". Throws Error that names the nearest.
ScheduleKind schedule_kind(std::string_view name);

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::constant;
  double peak = 0.1;
  int64_t total_steps = 0;                // S
  std::optional<int64_t> warmup_steps{};  // W
  std::vector<int64_t> milestones{};      // multistep: steps, ascending
  double factor = 0.2;                    // multistep
  double final_rate = 0;                  // cosine

  void check() const;  // throws Error where a value is out of range
};

// For options that pass their check, and step >= 0.
double learning_rate_at(const ScheduleOptions& options, int64_t step);

}  // namespace lienet
