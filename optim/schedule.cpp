#include "optim/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "engine/check.h"
#include "engine/words.h"

namespace lienet {
namespace {

constexpr std::array<std::string_view, 4> names{"constant", "multistep", "cosine", "one-cycle"};

// Half a cosine from a, at 0, to b, at 1.
double anneal(double a, double b, double share) {
  return b + (a - b) / 2 * (1 + std::cos(std::numbers::pi * share));
}

double one_cycle(const ScheduleOptions& o, int64_t step) {
  const double start = o.peak / 25, end = start / 1e4;
  const auto total = static_cast<double>(o.total_steps);
  // Steps may lie on neither side of the top: without a warm-up it need not be a whole number.
  const double top = (o.warmup_steps ? static_cast<double>(*o.warmup_steps) : 0.3 * total) - 1;
  const double last = total - 1, s = std::min(static_cast<double>(step), last);
  return s < top ? anneal(start, o.peak, s / top) : anneal(o.peak, end, (s - top) / (last - top));
}

}  // namespace

const char* name_of(ScheduleKind kind) {
  return names[static_cast<size_t>(kind)].data();
}

ScheduleKind schedule_kind(std::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end())
    fail("schedule {} is not known; did you mean {}?", name, nearest_word(name, names));
  return static_cast<ScheduleKind>(it - names.begin());
}

void ScheduleOptions::check() const {
  if (!(std::isfinite(peak) && peak >= 0)) fail("schedule: peak rate {}; expected 0 or more", peak);
  if (total_steps < 1) fail("schedule: {} steps; expected 1 or more", total_steps);
  const int64_t warm = warmup_steps.value_or(0);
  if (warm < 0 || warm >= total_steps)
    fail("schedule: {} steps of warm-up; expected 0 or more, and fewer than all {} steps", warm,
         total_steps);
  if (kind == ScheduleKind::multistep) {
    if (!(std::isfinite(factor) && factor > 0))
      fail("schedule: factor {}; expected above 0", factor);
    int64_t before = warm;
    for (const int64_t m : milestones) {
      if (m <= before)
        fail(
            "schedule: milestone at step {}; expected after step {}, where the warm-up ends or the "
            "last milestone stands",
            m, before);
      before = m;
    }
  }
  if (kind == ScheduleKind::cosine && !(final_rate >= 0 && final_rate <= peak))
    fail("schedule: final rate {}; expected 0 to the peak rate {}", final_rate, peak);
}

double learning_rate_at(const ScheduleOptions& o, int64_t step) {
  LIENET_CHECK(step >= 0, "schedule: step {}", step);
  if (o.kind == ScheduleKind::one_cycle) return one_cycle(o, step);
  const auto warm = static_cast<double>(o.warmup_steps.value_or(0));
  const auto s = static_cast<double>(step);
  if (s < warm) return o.peak * ((s + 1) / warm);
  switch (o.kind) {
    case ScheduleKind::multistep: {
      const auto passed = std::upper_bound(o.milestones.begin(), o.milestones.end(), step);
      return o.peak * std::pow(o.factor, passed - o.milestones.begin());
    }
    case ScheduleKind::cosine: {
      const auto total = static_cast<double>(o.total_steps);
      return anneal(o.peak, o.final_rate, (std::min(s, total) - warm) / (total - warm));
    }
    default:
      return o.peak;
  }
}

}  // namespace lienet
