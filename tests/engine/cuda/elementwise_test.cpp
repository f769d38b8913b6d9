#include "engine/cuda/elementwise.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "block_program.h"
#include "engine/cuda/divisor.h"
#include "engine/cuda/parts.h"
#include "op_case.h"

using namespace lienet;

namespace {

template <class T, int inputs, class Op>
void expect_elements(int64_t n, Op op, const auto& expected) {
  CAPTURE(n);
  Context ctx({.device = Device::ref});
  std::vector<std::vector<T>> in;
  cuda::Elementwise<T, inputs, Op> program{op, {}, nullptr, n};
  for (int k = 0; k < inputs; ++k) {
    in.push_back(test::nhwc<T>(test::random_tensor(ctx, {n}, static_cast<uint64_t>(k))));
    program.in[k] = in.back().data();
  }
  in[0][0] = T(std::numeric_limits<float>::quiet_NaN());
  std::vector<T> out(static_cast<size_t>(n));
  program.out = out.data();
  test::run_program(program.blocks(), program, out);
  for (size_t i = 0; i < out.size(); ++i) {
    float x[inputs];
    for (size_t k = 0; k < inputs; ++k) x[k] = float(in[k][i]);
    const float y = float(T(expected(x)));
    if (float(out[i]) == y || (std::isnan(float(out[i])) && std::isnan(y))) continue;
    CAPTURE(i);
    CHECK(float(out[i]) == y);
    return;
  }
}

template <class T>
void expect_all(int64_t n) {
  const auto positive = [](float x) { return std::isnan(x) ? x : std::max(x, 0.0f); };
  expect_elements<T, 1>(n, cuda::Positive{}, [&](const float* x) { return positive(x[0]); });
  expect_elements<T, 2>(n, cuda::Sum{}, [](const float* x) { return x[0] + x[1]; });
  expect_elements<T, 2>(n, cuda::Product{}, [](const float* x) { return x[0] * x[1]; });
  expect_elements<T, 2>(n, cuda::PositiveSum{},
                        [&](const float* x) { return positive(x[0] + x[1]); });
  expect_elements<T, 2>(n, cuda::WherePositive{},
                        [](const float* x) { return x[1] > 0 ? x[0] : 0; });
  expect_elements<T, 3>(n, cuda::SumWherePositive{},
                        [](const float* x) { return x[2] > 0 ? x[0] + x[1] : 0; });
  const float factor = 0.3f;
  expect_elements<T, 1>(n, cuda::Scaled{&factor}, [&](const float* x) { return factor * x[0]; });
}

struct Piece {
  int64_t n;
};

}  // namespace

TEST_CASE("elementwise programs") {
  for (const int64_t n : {1, 7, 8, 4099, 16384, 20001}) {
    expect_all<float>(n);
    expect_all<bfloat16>(n);
    expect_all<float16>(n);
  }
}

TEST_CASE("parts cover every element once") {
  cuda::Parts<Piece> parts;
  const std::vector<int64_t> sizes{1, 4096, 0, 4097, 20000, 3};
  for (const int64_t n : sizes) CHECK(parts.add({n}));
  std::vector<int64_t> covered(sizes.size());
  for (int64_t b = 0; b < parts.blocks(); ++b) {
    const auto place = parts.place(b);
    CHECK(place.first == covered[static_cast<size_t>(place.part)]);
    CHECK(place.n > 0);
    covered[static_cast<size_t>(place.part)] += place.n;
  }
  CHECK(covered == sizes);
  while (parts.add({1})) {
  }
  CHECK(parts.count == cuda::Parts<Piece>::most);
}

TEST_CASE("division by a number that is known") {
  constexpr int most = std::numeric_limits<int>::max();
  for (const int d : {1, 2, 3, 5, 7, 8, 31, 32, 33, 100, 641, 4096, 65537, most - 1, most}) {
    const cuda::Divisor divisor(d);
    for (const int n : {0, 1, 2, 3, 6, 7, 8, 31, 32, 99, 100, 4095, 4096, 65536, 1 << 30, most - 1,
                        most, d - 1, d}) {
      CHECK(n / divisor == n / d);
      CHECK(n % divisor == n % d);
    }
  }
}
