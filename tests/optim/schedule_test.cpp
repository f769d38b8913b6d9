#include "optim/schedule.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"

using namespace lienet;

namespace {

void check_rates(const ScheduleOptions& options, const std::vector<double>& expected) {
  options.check();
  for (size_t s = 0; s < expected.size(); ++s) {
    CAPTURE(s);
    CHECK(learning_rate_at(options, static_cast<int64_t>(s)) ==
          doctest::Approx(expected[s]).epsilon(1e-12));
  }
}

}  // namespace

TEST_CASE("schedule: constant") {
  check_rates({.peak = 0.3, .total_steps = 2}, {0.3, 0.3, 0.3});
  check_rates({.peak = 0.3, .total_steps = 5, .warmup_steps = 3}, {0.1, 0.2, 0.3, 0.3, 0.3, 0.3});
}

TEST_CASE("schedule: multistep") {
  check_rates({.kind = ScheduleKind::multistep,
               .peak = 1,
               .total_steps = 7,
               .warmup_steps = 2,
               .milestones = {3, 5}},
              {0.5, 1, 1, 0.2, 0.2, 0.04, 0.04, 0.04});
}

TEST_CASE("schedule: cosine") {
  // PyTorch's CosineAnnealingLR
  check_rates({.kind = ScheduleKind::cosine, .peak = 0.5, .total_steps = 5, .final_rate = 0.1},
              {0.5, 0.46180339887498956, 0.3618033988749896, 0.2381966011250106,
               0.13819660112501056, 0.1, 0.1});
  check_rates({.kind = ScheduleKind::cosine, .peak = 2, .total_steps = 4, .warmup_steps = 2},
              {1, 2, 2, 1, 0, 0});
}

TEST_CASE("schedule: one-cycle") {
  // PyTorch 1.13.1's OneCycleLR, with its pct_start of 0.3 and with 0.4
  check_rates({.kind = ScheduleKind::one_cycle, .peak = 0.4, .total_steps = 11},
              {0.016, 0.16893644549389433, 0.384104569889047, 0.39189862712852064,
               0.35379028990745215, 0.29043481971901136, 0.21223308323503992, 0.13202321159491795,
               0.06297300511980315, 0.016418217282516346, 1.6e-06, 1.6e-06});
  check_rates({.kind = ScheduleKind::one_cycle, .peak = 0.4, .total_steps = 10, .warmup_steps = 4},
              {0.016, 0.112, 0.304, 0.4, 0.37320518793656476, 0.3000004, 0.2000008, 0.1000012,
               0.02679641206343529, 1.6e-06});
  // None, which is not the same as none given: down from the first step on.
  const ScheduleOptions down{
      .kind = ScheduleKind::one_cycle, .peak = 0.4, .total_steps = 4, .warmup_steps = 0};
  check_rates(down, {0.34142159055188454, 0.2000008, 0.05858000944811546, 1.6e-06, 1.6e-06});
  // Too few steps for a way up.
  check_rates({.kind = ScheduleKind::one_cycle, .peak = 0.4, .total_steps = 2, .warmup_steps = 1},
              {0.4, 1.6e-06});
  check_rates({.kind = ScheduleKind::one_cycle, .peak = 0.4, .total_steps = 1}, {1.6e-06});
}

TEST_CASE("schedule: names") {
  for (const ScheduleKind kind : {ScheduleKind::constant, ScheduleKind::multistep,
                                  ScheduleKind::cosine, ScheduleKind::one_cycle})
    CHECK(schedule_kind(name_of(kind)) == kind);
  CHECK(schedule_kind("one-cycle") == ScheduleKind::one_cycle);
  CHECK_THROWS_WITH_AS(schedule_kind("onecycle"),
                       "schedule onecycle is not known; did you mean one-cycle?", Error);
}

TEST_CASE("schedule: each value out of range has its line") {
  const auto says = [](const ScheduleOptions& options, const char* line) {
    CHECK_THROWS_WITH_AS(options.check(), line, Error);
  };
  says({.peak = NAN, .total_steps = 1}, "schedule: peak rate nan; expected 0 or more");
  says({.peak = -1, .total_steps = 1}, "schedule: peak rate -1; expected 0 or more");
  says({.total_steps = 0}, "schedule: 0 steps; expected 1 or more");
  says({.total_steps = 4, .warmup_steps = 4},
       "schedule: 4 steps of warm-up; expected 0 or more, and fewer than all 4 steps");
  says({.total_steps = 4, .warmup_steps = -1},
       "schedule: -1 steps of warm-up; expected 0 or more, and fewer than all 4 steps");
  const auto multistep = ScheduleKind::multistep;
  says({.kind = multistep, .total_steps = 9, .milestones = {3, 3}},
       "schedule: milestone at step 3; expected after step 3, where the warm-up ends or the last "
       "milestone stands");
  says({.kind = multistep, .total_steps = 9, .warmup_steps = 4, .milestones = {3}},
       "schedule: milestone at step 3; expected after step 4, where the warm-up ends or the last "
       "milestone stands");
  says({.kind = multistep, .total_steps = 9, .factor = 0}, "schedule: factor 0; expected above 0");
  says({.kind = ScheduleKind::cosine, .peak = 0.1, .total_steps = 9, .final_rate = 0.2},
       "schedule: final rate 0.2; expected 0 to the peak rate 0.1");
}
