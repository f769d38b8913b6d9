#include "tools/bench/training_step.h"

#include <numeric>

#include "engine/check.h"
#include "engine/random.h"
#include "engine/scheduler.h"
#include "engine/transfer.h"
#include "layers/softmax_cross_entropy.h"
#include "optim/sgd.h"
#include "tools/bench/process_age.h"
#include "tools/training/inhibition_plan.h"
#include "tools/training/measure.h"
#include "tools/training/train_step.h"

namespace lienet {
namespace {

void check(const StepBench& bench) {
  if (bench.steps < 1 || bench.warmup < 0)
    fail("bench: {} steps after {}; expected 1 or more after 0 or more", bench.steps, bench.warmup);
}

struct Operations {
  double forward = 0, step = 0;
};

// Of one image: a recorded pass tells them, and of a whole batch it would take memory.
Operations operations_of_image(Context& ctx, ResNet& model, int64_t size) {
  Laps laps(ctx);
  OpTimes ops(laps);
  Tape tape = Tape::evaluation(ctx);
  ops.watch_forward(tape);
  model(tape, tape.constant(ctx.zeros({1, 3, size, size})));
  const double forward = forward_operations(tape);
  ops.watch_backward(tape);
  return {forward, ops.operations()};
}

template <class F>
void add_time(double& seconds, F f) {
  const double begin = steady_seconds();
  f();
  seconds += steady_seconds() - begin;
}

// So many steps; times.seconds is theirs afterwards.
template <class F>
void repeat(int steps, F step, StepTimes& times) {
  times.seconds.assign(static_cast<size_t>(steps), 0);
  for (double& seconds : times.seconds) {
    add_time(seconds, step);
    if (times.to_first_step == 0) times.to_first_step = process_age();
  }
}

// Steps as a training issues them: the time of one is that between two outcomes.
StepTimes time_issued_steps(const StepBench& bench, Context& ctx, ResNet& model, Sgd& optimizer) {
  const BenchImages data = make_images(ctx, bench);
  TrainStep step(ctx, model, optimizer, nullptr, {.graph = bench.config.graph});
  const Batch batch{.images = data.images, .labels = data.labels, .targets = {}, .indices = {}};
  StepTimes times{.threads = ctx.threads(), .seconds = {}, .ops = {}};
  times.operations =
      static_cast<double>(bench.config.batch) * operations_of_image(ctx, model, bench.image).step;
  constexpr int unlike = 4;  // steps that choose plans or are recorded, and one that they hold up
  PendingOutcome before = step(batch);
  const auto next = [&] {
    PendingOutcome issued = step(batch);
    before.wait();
    before = std::move(issued);
  };
  repeat(unlike + bench.warmup, next, times);
  repeat(bench.steps, next, times);
  before.wait();
  times.peak_mib = peak_mib(ctx.device());
  return times;
}

// Steps of which every op is watched.
StepTimes time_watched_steps(const StepBench& bench, Context& ctx, ResNet& model, Sgd& optimizer) {
  const BenchImages data = make_images(ctx, bench);
  StepTimes times{.threads = ctx.threads(), .seconds = {}, .ops = {}};
  Laps laps(ctx);
  OpTimes ops(laps);
  const auto step = [&] {
    laps.begin();
    model.zero_gradients();
    laps.end(times.zero_gradients);
    Tape tape = Tape::training(ctx);
    ops.watch_forward(tape);
    const Value logits = model(tape, tape.constant(data.images));
    const Value loss = softmax_cross_entropy(tape, logits, data.labels, 0);
    ops.watch_backward(tape);
    backward(tape, loss);
    laps.begin();
    optimizer.step();
    laps.end(times.optimizer);
    laps.settle();
  };
  repeat(bench.warmup, step, times);
  ops.reset();
  times.zero_gradients = times.optimizer = 0;
  repeat(bench.steps, step, times);
  times.watched = std::accumulate(times.seconds.begin(), times.seconds.end(), 0.0);
  times.peak_mib = peak_mib(ctx.device());
  times.ops = ops.ops();
  times.operations = ops.operations();
  return times;
}

}  // namespace

double StepTimes::rest() const {
  double rest = watched - zero_gradients - optimizer;
  for (const OpTime& op : ops) rest -= op.total();
  return rest;
}

BenchImages make_images(Context& ctx, const StepBench& bench) {
  const int64_t batch = bench.config.batch;
  BenchImages made{ctx.empty_on_host({batch, 3, bench.image, bench.image}, DType::f32),
                   ctx.empty_on_host({batch}, DType::i64)};
  Random random(ctx.random_key(RandomUse::test));
  for (int64_t i = 0; i < made.images.size(); ++i)
    made.images.data<float>()[i] = static_cast<float>(random.uniform(-1, 1));
  for (int64_t i = 0; i < batch; ++i)
    made.labels.data<int64_t>()[i] = random.below(static_cast<uint32_t>(bench.classes));
  return {to_device(ctx, made.images), to_device(ctx, made.labels)};
}

StepTimes time_training_step(const StepBench& bench) {
  const TrainConfig& c = bench.config;
  check(bench);
  Context ctx(c.context_options());
  ResNet model(ctx, c.model_options(bench.classes));
  InhibitionPlan(c).apply(model, 0);
  Sgd optimizer(ctx, model, {.lr = 1e-3, .momentum = 0.9, .weight_decay = 5e-4, .nesterov = true});
  if (ctx.device() != Device::cuda) return time_watched_steps(bench, ctx, model, optimizer);
  StepTimes times = time_issued_steps(bench, ctx, model, optimizer);
  const StepTimes watched = time_watched_steps(bench, ctx, model, optimizer);
  times.watched = watched.watched;
  times.ops = watched.ops;
  times.zero_gradients = watched.zero_gradients;
  times.optimizer = watched.optimizer;
  return times;
}

StepTimes time_evaluation(const StepBench& bench) {
  const TrainConfig& c = bench.config;
  check(bench);
  Context ctx(c.context_options());
  ResNet model(ctx, c.model_options(bench.classes));
  const BenchImages data = make_images(ctx, bench);
  StepTimes times{.threads = ctx.threads(), .seconds = {}, .ops = {}};
  const auto step = [&] {
    Tape tape = Tape::inference(ctx);
    model(tape, tape.constant(data.images));
    wait_for_device(ctx);
  };
  repeat(bench.warmup, step, times);
  repeat(bench.steps, step, times);
  times.peak_mib = peak_mib(ctx.device());
  times.operations =
      static_cast<double>(c.batch) * operations_of_image(ctx, model, bench.image).forward;
  return times;
}

}  // namespace lienet
