// The GPU's block program, run on the host.
#include "layers/conv_norm_cuda.cuh"

#include <doctest/doctest.h>

#include "block_program.h"
#include "layers/conv_norm.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("the GPU folds BatchNorm as the host does") {
  Context ctx({.device = Device::ref});
  for (const bool own : {false, true}) {
    const ConvNorm from{test::random_tensor(ctx, {5, 3, 3, 3}, 1),
                        own ? test::random_tensor(ctx, {5}, 2) : Tensor(),
                        test::random_tensor(ctx, {5}, 3),
                        test::random_tensor(ctx, {5}, 4),
                        test::random_tensor(ctx, {5}, 5),
                        test::random_tensor(ctx, {5}, 6, 0.5, 2),
                        1e-5};
    Tensor w = ctx.empty({5, 3, 3, 3}), b = ctx.empty({5});
    host::conv_norm_fold(ctx, from, w, b);
    std::vector<float> folded(135), bias(5);
    const auto p = [](const Tensor& t) { return t ? t.data<float>() : nullptr; };
    const cuda::ConvNormFold program{p(from.w),   p(from.c), p(from.g), p(from.b),     p(from.mean),
                                     p(from.var), from.eps,  27,        folded.data(), bias.data()};
    test::run_program(5, program, folded, bias);
    CHECK(std::equal(folded.begin(), folded.end(), w.data<float>()));
    CHECK(std::equal(bias.begin(), bias.end(), b.data<float>()));
  }
}
