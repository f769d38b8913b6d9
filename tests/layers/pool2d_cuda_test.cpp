// The GPU's block programs, run on the host, against ref.
#include "layers/pool2d_cuda.cuh"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "block_program.h"
#include "layers/avg_pool2d.h"
#include "layers/global_avg_pool.h"
#include "layers/max_pool2d.h"
#include "op_case.h"

using namespace lienet;

namespace {

constexpr Pool2dOptions pools[] = {{2, 2, 0}, {3, 2, 1}, {3, 1, 0}, {5, 3, 2}, {2, 3, 0}};

cuda::PoolMaps maps_of(const Shape& x, const Shape& y, const Pool2dOptions& o) {
  const auto i = [](int64_t v) { return static_cast<int>(v); };
  return {x[0],    i(x[2]),     i(x[3]),     i(y[2]),     i(y[3]),
          i(x[1]), i(o.kernel), i(o.stride), i(o.padding)};
}

template <class T>
struct Pooled {
  Context ctx{{.device = Device::ref}};
  Shape shape, out;
  std::vector<T> x, dy;
  Tensor plain_x, plain_dy;
  cuda::PoolMaps maps;

  Pooled(const Shape& s, const Pool2dOptions& o) : shape(s) {
    x = test::nhwc<T>(test::random_tensor(ctx, shape, 1));
    plain_x = test::plain(ctx, x, shape);
    out = pooled_shape("test", plain_x, o);
    dy = test::nhwc<T>(test::random_tensor(ctx, out, 2));
    plain_dy = test::plain(ctx, dy, out);
    maps = maps_of(shape, out, o);
  }
  void expect(const std::vector<T>& got, const Tensor& expected) {
    test::expect_close(ctx, test::plain(ctx, got, expected.shape()), expected,
                       sizeof(T) == 2 ? 1e-2 : 1e-5, sizeof(T) == 2 ? 1e-3 : 1e-6);
  }
};

template <class T, int width>
void expect_max_pool(const Shape& shape, const Pool2dOptions& o) {
  Pooled<T> p(shape, o);
  MaxPool2dSaved saved;
  const Tensor y = max_pool2d(p.ctx, p.plain_x, o, &saved);
  std::vector<T> got(p.dy.size()), dx(p.x.size());
  std::vector<uint8_t> winners(got.size());
  cuda::MaxPool<T, width> forward{p.maps, cuda::outputs_of<width>(p.maps), p.x.data(), got.data(),
                                  winners.data()};
  test::run_program(forward.blocks(), forward, got, winners);
  p.expect(got, y);
  Tensor expected;
  GradSlot slot(&expected);
  max_pool2d_backward(p.ctx, saved, p.plain_dy, {&slot, 1});
  cuda::MaxPoolBackward<T, width> backward{p.maps, cuda::inputs_of<width>(p.maps), winners.data(),
                                           p.dy.data(), dx.data()};
  test::run_program(backward.blocks(), backward, dx);
  p.expect(dx, expected);
}

template <class T, int width>
void expect_avg_pool(const Shape& shape, const Pool2dOptions& o, bool count) {
  Pooled<T> p(shape, o);
  AvgPool2dSaved saved;
  const Tensor y = avg_pool2d(p.ctx, p.plain_x, {o, count}, &saved);
  std::vector<T> got(p.dy.size()), dx(p.x.size());
  cuda::AvgPool<T, width> forward{p.maps, cuda::outputs_of<width>(p.maps), count, p.x.data(),
                                  got.data()};
  test::run_program(forward.blocks(), forward, got);
  p.expect(got, y);
  Tensor expected;
  GradSlot slot(&expected);
  avg_pool2d_backward(p.ctx, saved, p.plain_dy, {&slot, 1});
  cuda::AvgPoolBackward<T, width> backward{p.maps, cuda::inputs_of<width>(p.maps), count,
                                           p.dy.data(), dx.data()};
  test::run_program(backward.blocks(), backward, dx);
  p.expect(dx, expected);
}

template <class T, int width>
void expect_global_avg_pool(const Shape& shape) {
  CAPTURE(shape.str());
  Context ctx({.device = Device::ref});
  const auto x = test::nhwc<T>(test::random_tensor(ctx, shape, 1));
  const Tensor dy = test::random_tensor(ctx, {shape[0], shape[1]}, 2);
  const auto positions = static_cast<int>(shape[2] * shape[3]), C = static_cast<int>(shape[1]);
  GlobalAvgPoolSaved saved;
  const Tensor y = global_avg_pool(ctx, test::plain(ctx, x, shape), &saved);
  std::vector<float> got(static_cast<size_t>(dy.size()));
  std::vector<T> dx(x.size());
  cuda::GlobalAvgPool<T, width> forward{shape[0], positions, C, x.data(), got.data()};
  test::run_program(forward.blocks(), forward, got);
  test::expect_close(ctx, test::plain(ctx, got, dy.shape()), y, 1e-5, 1e-6);
  Tensor expected;
  GradSlot slot(&expected);
  global_avg_pool_backward(ctx, saved, dy, {&slot, 1});
  cuda::GlobalAvgPoolBackward<T, width> backward{
      {shape[0], 1, positions, C}, positions, C, dy.data<float>(), dx.data()};
  test::run_program(backward.blocks(), backward, dx);
  test::expect_close(ctx, test::plain(ctx, dx, shape), expected, sizeof(T) == 2 ? 1e-2 : 1e-6, 0);
}

}  // namespace

TEST_CASE("the GPU's max_pool2d is ref's") {
  for (const Pool2dOptions& o : pools) {
    expect_max_pool<float, 1>({2, 3, 7, 5}, o);
    expect_max_pool<float, 4>({2, 20, 9, 11}, o);
    expect_max_pool<bfloat16, 8>({3, 24, 9, 11}, o);
    expect_max_pool<bfloat16, 8>({1, 64, 16, 16}, o);
  }
}

TEST_CASE("the GPU's max_pool2d lets a NaN through") {
  Pooled<float> p({1, 4, 3, 3}, {3, 1, 0});
  p.x[4 * 4 + 1] = std::numeric_limits<float>::quiet_NaN();  // the centre, channel 1
  std::vector<float> got(4);
  std::vector<uint8_t> winners(4);
  cuda::MaxPool<float, 4> forward{p.maps, cuda::outputs_of<4>(p.maps), p.x.data(), got.data(),
                                  winners.data()};
  test::run_program(forward.blocks(), forward, got, winners);
  for (size_t c = 0; c < 4; ++c) CHECK(std::isnan(got[c]) == (c == 1));
  CHECK(winners[1] == 4);
}

TEST_CASE("the GPU's avg_pool2d is ref's") {
  for (const bool count : {false, true})
    for (const Pool2dOptions& o : pools) {
      expect_avg_pool<float, 1>({2, 3, 7, 5}, o, count);
      expect_avg_pool<bfloat16, 8>({3, 24, 9, 11}, o, count);
    }
}

TEST_CASE("the GPU's global_avg_pool is ref's") {
  expect_global_avg_pool<float, 1>({2, 3, 5, 3});
  expect_global_avg_pool<float, 4>({3, 68, 7, 7});
  expect_global_avg_pool<bfloat16, 8>({2, 512, 4, 4});
  expect_global_avg_pool<bfloat16, 8>({2, 264, 7, 7});
  expect_global_avg_pool<float16, 8>({1, 8, 1, 1});
}
