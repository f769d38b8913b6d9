#include "tools/bench/loader_epoch.h"

#include "datasets/loader.h"
#include "datasets/shapes100.h"
#include "tools/bench/in_turns.h"

namespace lienet {

LoaderEpochs time_loader(const StepBench& bench) {
  const TrainConfig& c = bench.config;
  const auto set = std::make_shared<ImageSet>(make_shapes100({.train = 5000, .test = 1}).train);
  Loader loader(set, {.batch = c.batch,
                      .shuffle = true,
                      .workers = c.workers,
                      .seed = c.seed,
                      .augment = c.augment_options()});
  uint32_t epoch = 0;
  const Contender alone{"loader", "loader", [&] {
                          loader.start(epoch++);
                          while (loader.next()) continue;
                        }};
  return {set->size(), in_turns(std::span(&alone, 1), bench.warmup, bench.steps).front().seconds};
}

}  // namespace lienet
