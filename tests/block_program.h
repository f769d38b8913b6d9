// What the tests of block programs share: NHWC values, and runs on the host.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <tuple>
#include <vector>

#include "engine/context.h"
#include "engine/cuda/host_block.h"

namespace lienet::test {

// The values of a plain f32 tensor, maps as [N][H][W][C], rounded to T.
template <class T>
std::vector<T> nhwc(const Tensor& t) {
  std::vector<T> values(static_cast<size_t>(t.size()));
  const float* p = t.data<float>();
  const int64_t C = t.shape().rank() == 4 ? t.dim(1) : 1;
  const int64_t n = t.shape().rank() == 4 ? t.dim(2) * t.dim(3) : t.size();
  for (int64_t i = 0; i < t.size(); ++i)
    values[static_cast<size_t>(i / (C * n) * C * n + i % n * C + i / n % C)] = T(p[i]);
  return values;
}

// And back.
template <class T>
Tensor plain(Context& ctx, const std::vector<T>& values, const Shape& shape) {
  Tensor t = ctx.empty(shape, DType::f32);
  const int64_t C = shape.rank() == 4 ? shape[1] : 1;
  const int64_t n = shape.rank() == 4 ? shape[2] * shape[3] : shape.size();
  REQUIRE(static_cast<int64_t>(values.size()) == shape.size());
  for (int64_t i = 0; i < t.size(); ++i)
    t.data<float>()[i] = static_cast<float>(
        values[static_cast<size_t>(i / (C * n) * C * n + i % n * C + i / n % C)]);
  return t;
}

// Runs a program that writes all of `out`, forwards and backwards: the bits must be the same.
template <class Program, class... T>
void run_program(int64_t blocks, const Program& program, std::vector<T>&... out) {
  const auto poison = [](auto& v) {
    std::memset(static_cast<void*>(v.data()), 0xff, v.size() * sizeof(v[0]));
  };
  (poison(out), ...);
  cuda::run_on_host(blocks, program, true);
  std::tuple<std::vector<T>...> backwards(out...);
  (poison(out), ...);
  cuda::run_on_host(blocks, program);
  const auto same = [](const auto& a, const auto& b) {
    return std::memcmp(a.data(), b.data(), a.size() * sizeof(a[0])) == 0;
  };
  std::apply([&](const auto&... before) { CHECK((same(out, before) && ...)); }, backwards);
}

}  // namespace lienet::test
