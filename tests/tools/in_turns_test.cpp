#include "tools/bench/in_turns.h"

#include <doctest/doctest.h>

#include "analysis/saliency.h"
#include "engine/error.h"
#include "tools/bench/mask_cost.h"
#include "tools/bench/saliency_pass.h"
#include "tools/training/measure.h"

using namespace lienet;

namespace {

StepBench small() {
  StepBench bench;
  bench.classes = 5, bench.image = 8, bench.steps = 2, bench.warmup = 1;
  bench.config.model = "resnet20";
  bench.config.width = 16;
  bench.config.batch = 2;
  return bench;
}

}  // namespace

TEST_CASE("in_turns: every round begins with another one, and the warm-up does not count") {
  std::string order;
  const std::vector<Contender> contenders{{"a", "A", [&] { order += 'a'; }},
                                          {"b", "B", [&] { order += 'b'; }},
                                          {"c", "C", [&] { order += 'c'; }}};
  const std::vector<Timed> times = in_turns(contenders, 1, 3);
  CHECK(order == "abcbcacababc");
  REQUIRE(times.size() == 3);
  CHECK(times[1].title == "B");
  for (const Timed& t : times) CHECK(t.seconds.size() == 3);
  CHECK_THROWS_WITH_AS(in_turns(contenders, 1, 0),
                       "bench: 0 steps after 1; expected 1 or more after 0 or more", Error);
}

TEST_CASE("a median and the interval around it") {
  CHECK(median({3, 1, 2}) == 2);
  CHECK(median({4, 1, 3, 2}) == 2.5);
  CHECK(median_interval({2, 1}) == std::pair(1.0, 2.0));
  CHECK(median_interval({5, 1, 2, 4, 3}) == std::pair(1.0, 5.0));
  // Of 9 values 2 to 8: 1 - 2 (1 + 9) / 2^9 = 0.961.
  CHECK(median_interval({3, 1, 2, 9, 5, 4, 8, 6, 7}) == std::pair(2.0, 8.0));
}

TEST_CASE("saliency is timed beside the pass that it is made in") {
  const std::vector<Timed> times = time_saliency(small());
  REQUIRE(times.size() == 3 + std::size(all_saliency_methods));
  CHECK(times[0].name == "pass");
  CHECK(times[2].name == name_of(all_saliency_methods[0]));
  CHECK(times.back().name == "all");
  for (const Timed& t : times) {
    REQUIRE(t.seconds.size() == 2);
    CHECK(t.seconds[1] > 0);
  }
}

TEST_CASE("steps with inhibition are timed beside plain ones") {
  const std::string inhibitions[] = {"paper", "log,sets=8;layer1:rate=0.3"};
  const std::vector<Timed> times = time_inhibitions(small(), inhibitions);
  REQUIRE(times.size() == 3);
  CHECK(times[0].name == "off");
  CHECK(times[2].name == "log,sets=8;layer1:rate=0.3");
  CHECK(times[2].seconds.size() == 2);
  const std::string unfit[] = {"paper,sets=7"};
  CHECK_THROWS_WITH_AS(
      time_inhibitions(small(), unfit),
      "layer1.0: 16 channels cannot be split into 7 even sets; choose sets that divide them",
      Error);
}
