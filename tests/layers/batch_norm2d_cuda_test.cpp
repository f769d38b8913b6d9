// The GPU's block programs, run on the host, against ref.
#include "layers/batch_norm2d_cuda.cuh"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "block_program.h"
#include "layers/batch_norm2d.h"
#include "op_case.h"

using namespace lienet;
using cuda::Columns;

namespace {

struct Options {
  bool training = true, relu = false;
  double low = -1, high = 1, rtol = 1e-4, atol = 1e-4;
  int64_t blocks = 6;  // so that small maps have several chunks
};

template <class T, int width, bool relu>
void expect_like_ref(const Shape& shape, const Options& o) {
  CAPTURE(shape.str());
  CAPTURE(o.training);
  CAPTURE(relu);
  Context ctx({.device = Device::ref});
  const int64_t C = shape[1], rows = shape.size() / C;
  const auto x = test::nhwc<T>(test::random_tensor(ctx, shape, 1, o.low, o.high));
  const auto dy = test::nhwc<T>(test::random_tensor(ctx, shape, 2));
  const Tensor g = test::random_tensor(ctx, {C}, 3, 0.5, 1.5);
  const Tensor b = test::random_tensor(ctx, {C}, 4);
  BatchNormState state{test::random_tensor(ctx, {C}, 5), test::random_tensor(ctx, {C}, 6, 0.5, 2)};
  std::vector<float> running_mean = test::nhwc<float>(state.running_mean);
  std::vector<float> running_var = test::nhwc<float>(state.running_var);
  const auto n = static_cast<size_t>(C);
  std::vector<float> mean = running_mean, r(n), dg(n), db(n);
  const cuda::BatchNormScale scale{running_var.data(), state.eps, r.data(), static_cast<int>(C)};
  test::run_program(scale.blocks(), scale, r);

  BatchNormSaved saved;
  const Tensor y =
      batch_norm2d(ctx, test::plain(ctx, x, shape), g, b, state, o.training, relu, &saved);
  Tensor gradients[3];
  GradSlot slots[3]{GradSlot(&gradients[0]), GradSlot(&gradients[1]), GradSlot(&gradients[2])};
  batch_norm2d_backward(ctx, saved, test::plain(ctx, dy, shape), slots);

  const Columns columns = cuda::columns_of(rows, C, width, o.blocks);
  std::vector<float> first(static_cast<size_t>(columns.chunks * C)), second(first.size());
  if (o.training) {
    cuda::BatchNormStatistics<T, width> statistics{columns, x.data(), first.data(), second.data()};
    test::run_program(columns.blocks(), statistics, first, second);
    cuda::BatchNormTake take{first.data(),
                             second.data(),
                             rows,
                             columns.rows_per_block,
                             columns.chunks,
                             static_cast<int>(C),
                             state.momentum,
                             state.eps,
                             mean.data(),
                             r.data(),
                             running_mean.data(),
                             running_var.data()};
    cuda::run_on_host(take.blocks(), take);
    test::expect_close(ctx, test::plain(ctx, running_mean, {C}), state.running_mean, 1e-5, 1e-6);
    test::expect_close(ctx, test::plain(ctx, running_var, {C}), state.running_var, 1e-5, 1e-6);
  }
  const cuda::BatchNormChannels channels{mean.data(), r.data(), g.data<float>(), b.data<float>()};
  std::vector<T> out(x.size()), dx(x.size());
  cuda::BatchNorm<T, width, relu> forward{columns, channels, x.data(), out.data()};
  test::run_program(columns.blocks(), forward, out);
  const double rtol = sizeof(T) == 2 ? 1e-2 : o.rtol;
  test::expect_close(ctx, test::plain(ctx, out, shape), y, rtol, o.atol);

  cuda::BatchNormSums<T, width, relu> sums{columns,   channels,     x.data(),
                                           dy.data(), first.data(), second.data()};
  test::run_program(columns.blocks(), sums, first, second);
  cuda::ColumnTotals<2> totals{
      {{first.data(), nullptr, db.data()}, {second.data(), r.data(), dg.data()}},
      columns.chunks,
      static_cast<int>(C)};
  test::run_program(totals.blocks(), totals, db, dg);
  test::expect_close(ctx, test::plain(ctx, db, {C}), gradients[2], 1e-4, 1e-4);
  test::expect_close(ctx, test::plain(ctx, dg, {C}), gradients[1], 1e-4, o.atol * 10);
  cuda::BatchNormBackward<T, width, relu> backward{
      columns,   channels, o.training ? dg.data() : nullptr, db.data(), x.data(),
      dy.data(), dx.data()};
  test::run_program(columns.blocks(), backward, dx);
  test::expect_close(ctx, test::plain(ctx, dx, shape), gradients[0], rtol, o.atol);
}

template <class T, int width>
void expect_like_ref(const Shape& shape, const Options& o) {
  o.relu ? expect_like_ref<T, width, true>(shape, o) : expect_like_ref<T, width, false>(shape, o);
}

}  // namespace

TEST_CASE("the GPU's batch_norm2d is ref's") {
  for (const bool training : {true, false})
    for (const bool relu : {false, true}) {
      const Options o{.training = training, .relu = relu};
      expect_like_ref<float, 1>({3, 5, 4, 3}, o);
      expect_like_ref<float, 4>({2, 20, 3, 5}, o);
      expect_like_ref<float, 4>({3, 64, 7, 7}, o);
      expect_like_ref<bfloat16, 8>({5, 24, 9, 7}, o);
      expect_like_ref<bfloat16, 8>({1, 320, 6, 5}, o);  // two tiles, the second not full
      expect_like_ref<bfloat16, 1>({2, 3, 1, 2}, o);
      expect_like_ref<float16, 8>({2, 16, 5, 3}, o);
    }
}

TEST_CASE("the GPU's batch_norm2d on the maps of the usual networks") {
  for (const Shape& shape : {Shape{2, 64, 32, 32}, Shape{2, 128, 16, 16}, Shape{2, 256, 8, 8},
                             Shape{3, 512, 4, 4}, Shape{1, 64, 56, 56}, Shape{2, 512, 7, 7}})
    expect_like_ref<bfloat16, 8>(shape, {.relu = true, .atol = 1e-3, .blocks = 1024});
}

TEST_CASE("the GPU's batch_norm2d with ReLU lets a NaN through") {
  const std::vector<float> zero(4), one(4, 1), x{1, -1, std::numeric_limits<float>::quiet_NaN(), 0};
  const Columns columns = cuda::columns_of(1, 4, 4, 1);
  std::vector<float> out(4);
  const cuda::BatchNormChannels channels{zero.data(), one.data(), one.data(), zero.data()};
  const cuda::BatchNorm<float, 4, true> forward{columns, channels, x.data(), out.data()};
  test::run_program(columns.blocks(), forward, out);
  CHECK(out[0] == 1);
  CHECK(out[1] == 0);
  CHECK(std::isnan(out[2]));
}

TEST_CASE("the GPU's batch_norm2d of values far from 0") {
  expect_like_ref<float, 4>({4, 16, 8, 8}, {.low = 100, .high = 101, .rtol = 1e-3, .atol = 1e-3});
}
