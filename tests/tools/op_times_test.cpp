#include "tools/bench/op_times.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "engine/scheduler.h"
#include "layers/add.h"
#include "layers/conv2d.h"
#include "layers/relu.h"
#include "op_case.h"
#include "tools/bench/process_age.h"
#include "tools/bench/training_step.h"
#include "tools/training/measure.h"

using namespace lienet;

TEST_CASE("every op is watched, and its operations are counted") {
  Context ctx;
  Conv2d first(ctx, {.in = 3, .out = 16, .kernel = 3, .padding = 1, .bias = true});
  Conv2d second(ctx, {.in = 16, .out = 16, .kernel = 1, .bias = false});
  second.inhibit(Inhibition::paper());
  const Tensor x = ctx.zeros({2, 3, 5, 7});
  Laps laps(ctx);
  OpTimes times(laps);
  for (int pass = 0; pass < 2; ++pass) {
    Tape tape = Tape::training(ctx);
    times.watch_forward(tape);
    const Value y = second(tape, relu(tape, first(tape, tape.constant(x))));
    times.watch_backward(tape);
    CHECK(forward_operations(tape) == 2 * 2 * 5 * 7 * 16 * (27 + 16));
    first.zero_gradients();
    backward(tape, y, ctx.zeros(y.shape()));
    CHECK(first.weight.gradient);  // what is watched still runs
    REQUIRE(times.ops().size() == 3);
    for (const OpTime& op : times.ops()) {
      CHECK(op.forward > 0);
      CHECK(op.backward > 0);
    }
  }
  CHECK(times.ops()[0].op == "conv2d");
  CHECK(times.ops()[1].op == "relu");
  CHECK(times.ops()[0].inhibit == 0);
  CHECK(times.ops()[2].inhibit > 0);
  const double positions = 2 * 5 * 7;
  // Nothing flows to the image: two products with the first weight, three with the second.
  CHECK(times.operations() == 2 * positions * 16 * (2 * 27 + 3 * 16));
  times.reset();
  CHECK(times.ops()[0].forward == 0);
}

TEST_CASE("no moment of a pass is counted twice") {
  Context ctx;
  const Tensor x = ctx.zeros({2, 16, 64, 64});
  Tensor dx;
  Laps laps(ctx);
  OpTimes times(laps);
  Tape tape = Tape::training(ctx);
  const double begin = steady_seconds();
  times.watch_forward(tape);
  const Value a = relu(tape, tape.leaf(x, &dx));
  const Value y = add(tape, a, relu(tape, a));  // two parts make the gradient of a
  times.watch_backward(tape);
  backward(tape, y, ctx.zeros(y.shape()));
  const double passed = steady_seconds() - begin;
  REQUIRE(times.ops().size() == 3);
  double counted = 0;
  for (const OpTime& op : times.ops()) {
    CHECK(op.complete > 0);
    CHECK(op.total() == op.forward + op.backward + op.complete + op.inhibit);
    counted += op.total();
  }
  CHECK(counted < passed);
}

TEST_CASE("a training step is timed on made-up images") {
  StepBench bench;
  bench.classes = 5, bench.image = 8, bench.steps = 3, bench.warmup = 1;
  bench.config.model = "resnet20";
  bench.config.width = 16;
  bench.config.batch = 2;
  bench.config.device = "cpu";
  const StepTimes t = time_training_step(bench);
  CHECK(t.threads > 0);
  CHECK(t.seconds.size() == 3);
  CHECK(t.optimizer > 0);
  CHECK(t.zero_gradients > 0);
  CHECK(t.rest() > 0);
  CHECK(t.rest() < t.watched);
  CHECK(t.to_first_step > 0);
  CHECK(t.to_first_step < process_age());
  CHECK(t.operations > 0);
  CHECK(t.ops.back().op == "softmax_cross_entropy");
  if (test::can_do_cuda()) {
    bench.config.device = "cuda";
    const StepTimes on_gpu = time_training_step(bench);
    CHECK(on_gpu.seconds.size() == 3);
    CHECK(on_gpu.watched > 0);
    REQUIRE(on_gpu.ops.size() == t.ops.size());
    CHECK(on_gpu.ops.front().forward > 0);
    CHECK(on_gpu.operations == t.operations);
  }
  bench.steps = 0;
  CHECK_THROWS_WITH_AS(time_training_step(bench),
                       "bench: 0 steps after 1; expected 1 or more after 0 or more", Error);
}

TEST_CASE("a process's age grows as the clock does") {
  const double clock = steady_seconds(), age = process_age();
  CHECK(age > 0);
  CHECK(process_age() >= age);
  CHECK(process_age() - age <= steady_seconds() - clock);
}

TEST_CASE("an evaluation is timed on made-up images") {
  StepBench bench;
  bench.classes = 5, bench.image = 8, bench.steps = 3, bench.warmup = 1;
  bench.config.model = "resnet20";
  bench.config.width = 16;
  bench.config.batch = 2;
  const StepTimes t = time_evaluation(bench);
  CHECK(t.threads > 0);
  CHECK(t.seconds.size() == 3);
  CHECK(t.optimizer == 0);
  CHECK(t.ops.empty());
  bench.config.batch = 6;
  CHECK(time_evaluation(bench).operations == 3 * t.operations);
  bench.warmup = -1;
  CHECK_THROWS_WITH_AS(time_evaluation(bench),
                       "bench: 3 steps after -1; expected 1 or more after 0 or more", Error);
}
