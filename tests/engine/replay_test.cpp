#include "engine/replay.h"

#include <doctest/doctest.h>

#include <stdexcept>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "op_case.h"

using namespace lienet;

namespace {

// sum += number, in memory that the step asks for anew each time; the host counts and sends.
struct Step {
  Context& ctx;
  Tensor number{ctx.empty({1}, DType::f64)}, sum{ctx.zeros({1}, DType::f32)};
  int runs = 0, counted = 0;

  void operator()() {
    ++runs;
    ctx.each_step([this] { store(ctx, number, {double(++counted)}); });
    Tensor wide = as_type(ctx, number, DType::f32);
    copy(ctx, lienet::sum(ctx, wide, sum), sum);
  }
};

void check_replay(Context& ctx, bool record, int runs) {
  Step step{ctx};
  Replay replay(ctx, record);
  for (int i = 0; i < 7; ++i) replay([&] { step(); });
  CHECK(step.runs == runs);
  CHECK(step.counted == 7);
  CHECK(to_host(ctx, step.sum).data<float>()[0] == 28);
  CHECK(replay.recorded() == (runs < 7));
}

}  // namespace

TEST_CASE("on the host a replay is a run") {
  Context ctx;
  check_replay(ctx, true, 7);
  Replay replay(ctx);
  CHECK_THROWS_AS(replay([] { throw std::runtime_error("no"); }), std::runtime_error);
  int runs = 0;
  replay.once([&] { ++runs; });
  CHECK(runs == 1);
}

TEST_CASE("a step is recorded on the device and replayed") {
  if (!test::can_do_cuda()) return;
  Context ctx({.device = Device::cuda});
  check_replay(ctx, true, 3);
  check_replay(ctx, false, 7);
  // What waits for the device cannot be recorded; afterwards all is as before.
  Replay replay(ctx, true, 0);
  const Tensor t = ctx.zeros({3});
  CHECK_THROWS_AS(replay([&] { to_host(ctx, t); }), Error);
  check_replay(ctx, true, 3);
}

TEST_CASE("another step finds the memory of the one that is replayed") {
  if (!test::can_do_cuda()) return;
  Context ctx({.device = Device::cuda});
  Step step{ctx};
  Replay replay(ctx);
  const auto large = [&] {
    ctx.zeros({1 << 20});
    step();
  };
  for (int i = 0; i < 4; ++i) replay(large);
  const size_t own = ctx.allocator().stats().peak_in_use;
  Tensor left;
  replay.once([&] {
    large();
    left = ctx.zeros({3});
  });
  CHECK(ctx.allocator().stats().peak_in_use == own);
  CHECK(!replay.recorded());
  for (int i = 0; i < 2; ++i) replay(large);
  CHECK(replay.recorded());
  CHECK(step.runs == 5);
  CHECK(to_host(ctx, step.sum).data<float>()[0] == 28);
  CHECK(to_host(ctx, left).data<float>()[2] == 0);
}
