// The GPU's block programs, run on the host, against the host's loops.
#include "layers/softmax_cross_entropy_cuda.cuh"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "block_program.h"
#include "layers/softmax_cross_entropy.h"
#include "op_case.h"

using namespace lienet;

namespace {

void expect_loss(int64_t N, int64_t K, bool soft, double smoothing) {
  Context ctx({.device = Device::ref});
  const Tensor x = test::random_tensor(ctx, {N, K}, 1, -4, 4);
  const Tensor targets = test::random_tensor(ctx, {N, K}, 2, 0, 1);
  Tensor labels = ctx.empty({N}, DType::i64);
  for (int64_t n = 0; n < N; ++n) labels.data<int64_t>()[n] = 7 * n % K;
  Tensor loss = ctx.empty({1}), dx = ctx.empty({N, K});
  host::softmax_cross_entropy(ctx, x, soft ? targets : labels, smoothing, loss, &dx);

  std::vector<double> losses(static_cast<size_t>(N));
  std::vector<float> got(static_cast<size_t>(N * K)), mean(1);
  cuda::SoftmaxCrossEntropy program{x.data<float>(),
                                    soft ? nullptr : labels.data<int64_t>(),
                                    soft ? targets.data<float>() : nullptr,
                                    N,
                                    static_cast<int>(K),
                                    smoothing,
                                    losses.data(),
                                    got.data()};
  test::run_program(program.blocks(), program, losses, got);
  test::run_program(1, cuda::MeanOf{losses.data(), N, mean.data()}, mean);
  CHECK(mean[0] == doctest::Approx(*loss.data<float>()).epsilon(1e-6));
  test::expect_close(ctx, test::plain(ctx, got, {N * K}), dx.reshape({N * K}), 1e-5, 1e-9);
}

}  // namespace

TEST_CASE("the GPU's softmax_cross_entropy is the host's") {
  for (const double smoothing : {0.0, 0.1})
    for (const bool soft : {false, true}) {
      expect_loss(3, 5, soft, smoothing);
      expect_loss(17, 100, soft, smoothing);
    }
}

TEST_CASE("on the GPU a label out of range makes the loss NaN, and its sample's gradient alone") {
  Context ctx({.device = Device::ref});
  const Tensor x = test::random_tensor(ctx, {3, 5}, 1);
  for (const double smoothing : {0.0, 0.1})
    for (const int64_t label : {-1, 5, 1 << 30}) {
      const std::vector<int64_t> labels{4, label, 0};
      std::vector<double> losses(3);
      std::vector<float> dx(15), mean(1);
      const cuda::SoftmaxCrossEntropy program{x.data<float>(), labels.data(), nullptr,  3, 5,
                                              smoothing,       losses.data(), dx.data()};
      test::run_program(program.blocks(), program, losses, dx);
      test::run_program(1, cuda::MeanOf{losses.data(), 3, mean.data()}, mean);
      CHECK(std::isnan(mean[0]));
      for (size_t i = 0; i < dx.size(); ++i) CHECK(std::isnan(dx[i]) == (i / 5 == 1));
      int64_t count = 0;
      const std::vector<float> equal(15);
      const cuda::CountCorrect correct{equal.data(), labels.data(), 3, 5, &count};
      cuda::run_on_host(correct.blocks(), correct);
      CHECK(count == 2);
    }
}

TEST_CASE("on the GPU a logit of NaN is not correct") {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> x{nan, 1, 0, nan, 2, 2, nan, nan};
  const std::vector<int64_t> labels{0, 0, 1, 1};
  int64_t count = 0;
  const cuda::CountCorrect program{x.data(), labels.data(), 4, 2, &count};
  cuda::run_on_host(program.blocks(), program);
  CHECK(count == 2);
}

TEST_CASE("the GPU counts what is correct as the host does") {
  Context ctx({.device = Device::ref});
  const Tensor x = test::random_tensor(ctx, {37, 5}, 1);
  Tensor labels = ctx.empty({37}, DType::i64), expected = ctx.empty({1}, DType::i64);
  for (int64_t n = 0; n < 37; ++n) labels.data<int64_t>()[n] = n % 5;
  host::count_correct(ctx, x, labels, expected);
  int64_t count = 0;
  const cuda::CountCorrect program{x.data<float>(), labels.data<int64_t>(), 37, 5, &count};
  cuda::run_on_host(program.blocks(), program);
  CHECK(count == *expected.data<int64_t>());
  CHECK(count > 0);
}
