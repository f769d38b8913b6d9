#include "engine/tensor_ops_cuda.cuh"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "block_program.h"
#include "op_case.h"

using namespace lienet;

namespace {

template <class From, class To>
void expect_converted(const std::vector<From>& from, const std::vector<To>& expected) {
  std::vector<To> to(from.size());
  const cuda::Convert<From, To> program{from.data(), to.data(), static_cast<int64_t>(from.size())};
  test::run_program(program.blocks(), program, to);
  CHECK(std::memcmp(to.data(), expected.data(), to.size() * sizeof(To)) == 0);
}

template <class T>
std::vector<T> values(std::initializer_list<double> v) {
  std::vector<T> result;
  for (const double x : v) {
    if constexpr (cuda::is_half<T>)
      result.push_back(T(static_cast<float>(x)));
    else
      result.push_back(static_cast<T>(x));
  }
  return result;
}

template <class From, class To>
void expect_transposed(const Shape& shape) {
  CAPTURE(shape.str());
  Context ctx({.device = Device::ref});
  const Tensor t = test::random_tensor(ctx, shape, 1);
  std::vector<From> plain;
  for (int64_t i = 0; i < t.size(); ++i) plain.push_back(From(t.data<float>()[i]));
  const int rows = static_cast<int>(shape[1]), columns = static_cast<int>(shape[2] * shape[3]);
  const std::vector<To> expected = test::nhwc<To>(test::plain(ctx, test::nhwc<From>(t), shape));
  std::vector<To> there(plain.size());
  const cuda::Transpose<From, To> out(plain.data(), there.data(), shape[0], rows, columns);
  test::run_program(out.blocks(), out, there);
  CHECK(std::memcmp(there.data(), expected.data(), there.size() * sizeof(To)) == 0);
  std::vector<To> back(plain.size());
  const cuda::Transpose<To, To> in(there.data(), back.data(), shape[0], columns, rows);
  test::run_program(in.blocks(), in, back);
  for (size_t i = 0; i < back.size(); ++i) REQUIRE(float(back[i]) == float(To(float(plain[i]))));
}

}  // namespace

TEST_CASE("elements in other types") {
  const auto v = {1.0, -2.0, 3.0, 100.0};
  expect_converted(values<float>(v), values<bfloat16>(v));
  expect_converted(values<bfloat16>(v), values<double>(v));
  expect_converted(values<double>(v), values<float16>(v));
  expect_converted(values<float16>(v), values<bfloat16>(v));
  expect_converted(values<float>(v), values<int64_t>(v));
  expect_converted(values<uint8_t>({0, 7, 255}), values<float>({0, 7, 255}));
  expect_converted(values<int64_t>({0, 7, 255}), values<uint8_t>({0, 7, 255}));
  expect_converted(std::vector<double>(5000, 0.1), std::vector<double>(5000, 0.1));
}

TEST_CASE("maps and weights in the other layout") {
  for (const Shape& shape :
       {Shape{2, 3, 32, 32}, Shape{1, 64, 7, 9}, Shape{3, 100, 3, 3}, Shape{2, 5, 1, 1},
        Shape{1, 1, 5, 7}, Shape{1, 1030, 1, 2}, Shape{2, 33, 8, 9}}) {
    expect_transposed<float, float>(shape);
    expect_transposed<float, bfloat16>(shape);
    expect_transposed<bfloat16, float16>(shape);
  }
}

TEST_CASE("a filled tensor") {
  std::vector<bfloat16> v(5000);
  const cuda::Fill<bfloat16> program{v.data(), 5000, bfloat16(3.0f)};
  test::run_program(program.blocks(), program, v);
  for (const bfloat16 x : v) REQUIRE(float(x) == 3);
}

TEST_CASE("numbers that come with the launch") {
  std::vector<int64_t> whole(3);
  test::run_program(1, cuda::Store<int64_t>{{1, -2, 1e15}, 3, whole.data()}, whole);
  CHECK(whole == std::vector<int64_t>{1, -2, 1'000'000'000'000'000});
  std::vector<double> real(16);
  cuda::Store<double> program{{}, 16, real.data()};
  std::fill(program.values, program.values + 16, 0.1);
  test::run_program(1, program, real);
  CHECK(real == std::vector<double>(16, 0.1));
}

TEST_CASE("elements that are not finite are counted, tensor by tensor") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinite = std::numeric_limits<double>::infinity();
  std::vector<float16> a(9000, float16(1.0f)), b(3, float16(60000.0f));
  a[0] = a[5000] = float16(float(nan)), a[8999] = float16(-float(infinite)), b[1] = a[8999];
  std::vector<int64_t> counts(2);
  cuda::CountNonFinite<float16> program;
  CHECK(program.parts.add({a.data(), &counts[0], 9000}));
  CHECK(program.parts.add({b.data(), &counts[1], 3}));
  cuda::run_on_host(program.parts.blocks(), program);
  CHECK(counts == std::vector<int64_t>{3, 1});
  const std::vector<double> wide{1e300, nan, infinite, -1e300};
  cuda::CountNonFinite<double> doubles;
  CHECK(doubles.parts.add({wide.data(), &counts[0], 4}));
  cuda::run_on_host(doubles.parts.blocks(), doubles);
  CHECK(counts[0] == 5);
}
