#include "layers/dropout.h"

#include <doctest/doctest.h>

#include <vector>

#include "engine/error.h"
#include "engine/replay.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("dropout") {
  const auto op = [](Tape& t, std::span<const Value> in) { return dropout(t, in[0], 0.3); };
  for (const bool training : {true, false}) {
    test::expect_correct({.op = op, .shapes = {{3, 7}}, .training = training, .activations = 1});
    test::expect_correct(
        {.op = op, .shapes = {{2, 16, 3, 5}}, .training = training, .activations = 1});
  }
}

TEST_CASE("dropout drops its share, and another at every step and place") {
  Context ctx({.seed = 4});
  Tensor x = ctx.empty({100, 100});
  fill(ctx, x, 1);
  const auto run = [&](uint32_t step, uint32_t stream) {
    ctx.set_position(0, step);
    DropoutSaved saved;
    const Tensor y = dropout(ctx, x, 0.25, stream, saved);
    return std::vector<float>(y.data<float>(), y.data<float>() + y.size());
  };
  const std::vector<float> y = run(0, 0);
  double sum = 0;
  for (const float v : y) sum += v;
  CHECK(sum / 1e4 == doctest::Approx(1).epsilon(0.03));
  CHECK(run(0, 0) == y);
  CHECK(run(1, 0) != y);
  CHECK(run(0, 1) != y);
  DropoutSaved saved;
  CHECK_THROWS_AS(dropout(ctx, x, 1, 0, saved), Error);
}

TEST_CASE("dropout draws anew in steps that are replayed, and what the cpu draws") {
  std::vector<ContextOptions> devices{{.seed = 4}};
  if (test::can_do_cuda()) devices.push_back({.device = Device::cuda, .seed = 4});
  Context cpu({.seed = 4});
  for (const ContextOptions& options : devices) {
    Context ctx(options);
    const Tensor x = test::random_tensor(ctx, {50, 3}, 1),
                 same = test::random_tensor(cpu, {50, 3}, 1);
    Replay replay(ctx);
    Tensor y;
    for (uint32_t step = 0; step < 6; ++step) {
      ctx.set_position(1, step);
      cpu.set_position(1, step);
      DropoutSaved saved;
      replay([&] { y = dropout(ctx, x, 0.25, 3, saved); });
      test::expect_close(cpu, to_host(ctx, y), dropout(cpu, same, 0.25, 3, saved), 0, 0);
    }
  }
}
