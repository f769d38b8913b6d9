// The GPU's block program, run on the host.
#include "layers/dropout_cuda.cuh"

#include <doctest/doctest.h>

#include "block_program.h"
#include "layers/dropout.h"

using namespace lienet;

TEST_CASE("the GPU drops what the host drops") {
  Context ctx({.device = Device::ref, .seed = 5});
  ctx.set_position(3, 11);
  Tensor expected = ctx.empty({3, 1001});
  host::dropout_scale(ctx, 0.3, 2, expected);
  std::vector<float> got(3003);
  const Random random(ctx.random_key(RandomUse::dropout, 2));
  const cuda::DropoutScale program{&random, 0.3, got.data(), 3003};
  test::run_program(program.blocks(), program, got);
  CHECK(std::equal(got.begin(), got.end(), expected.data<float>()));
}
