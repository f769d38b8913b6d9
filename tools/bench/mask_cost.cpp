#include "tools/bench/mask_cost.h"

#include <memory>

#include "optim/sgd.h"
#include "tools/training/inhibition_plan.h"
#include "tools/training/train_step.h"

namespace lienet {
namespace {

struct Training {
  Training(Context& ctx, const StepBench& bench, const std::string& inhibition)
      : model(ctx, bench.config.model_options(bench.classes)),
        optimizer(ctx, model, {.lr = 1e-3, .momentum = 0.9, .weight_decay = 5e-4}),
        step(ctx, model, optimizer, nullptr, {.graph = bench.config.graph}) {
    TrainConfig config = bench.config;
    config.inhibit = inhibition;
    InhibitionPlan(config).apply(model, 0);
  }

  ResNet model;
  Sgd optimizer;
  TrainStep step;
};

}  // namespace

std::vector<Timed> time_inhibitions(const StepBench& bench,
                                    std::span<const std::string> inhibitions) {
  Context ctx(bench.config.context_options());
  const BenchImages data = make_images(ctx, bench);
  const Batch batch{.images = data.images, .labels = data.labels, .targets = {}, .indices = {}};
  std::vector<std::unique_ptr<Training>> trainings;
  std::vector<Contender> steps;
  const auto add = [&](const std::string& inhibition) {
    trainings.push_back(std::make_unique<Training>(ctx, bench, inhibition));
    steps.push_back(
        {inhibition, inhibition, [&batch, &step = trainings.back()->step] { step(batch).wait(); }});
  };
  add("off");
  for (const std::string& inhibition : inhibitions) add(inhibition);
  // On the GPU the first steps choose plans, and the next is recorded.
  constexpr int unlike = 3;
  return in_turns(steps, bench.warmup + (ctx.device() == Device::cuda ? unlike : 0), bench.steps);
}

}  // namespace lienet
