#include "engine/cuda/columns.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "block_program.h"
#include "op_case.h"

using namespace lienet;
using cuda::Columns;

namespace {

template <class T, int width>
void expect_sums_and_additions(int64_t rows, int64_t channels) {
  CAPTURE(rows);
  CAPTURE(channels);
  Context ctx({.device = Device::ref});
  auto x = test::nhwc<T>(test::random_tensor(ctx, {rows * channels}, 1));
  const auto b = test::nhwc<float>(test::random_tensor(ctx, {channels}, 2));
  std::vector<double> expected(b.size());
  std::vector<float> sums(b.size());
  std::vector<T> added(x);
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t channel = i % b.size();
    expected[channel] += static_cast<double>(static_cast<float>(x[i]));
    added[i] = T(static_cast<float>(x[i]) + b[channel]);
  }
  const Columns c = cuda::columns_of(rows, channels, width, 6);
  std::vector<float> parts(static_cast<size_t>(std::max<int64_t>(c.chunks, 1) * channels));
  test::run_program(c.blocks(), cuda::ColumnSums<T, width>{c, x.data(), parts.data()}, parts);
  const cuda::ColumnTotals<1> totals{
      {{parts.data(), nullptr, sums.data()}}, c.chunks, static_cast<int>(channels)};
  test::run_program(totals.blocks(), totals, sums);
  test::expect_close(ctx, test::plain(ctx, sums, {channels}),
                     test::plain(ctx, expected, {channels}), 1e-5, 1e-5);
  cuda::run_on_host(c.blocks(), cuda::AddToColumns<T, width>{c, b.data(), x.data()});
  test::expect_close(ctx, test::plain(ctx, x, {rows * channels}),
                     test::plain(ctx, added, {rows * channels}), 0, 0);
}

}  // namespace

TEST_CASE("columns cover every row and channel once") {
  for (const int64_t rows : {0, 1, 7, 64, 1000, 50176})
    for (const int64_t channels : {8, 24, 64, 320, 2048}) {
      const Columns c = cuda::columns_of(rows, channels, 8);
      CHECK(c.vectors * c.lanes() <= Columns::threads);
      CHECK(c.tiles * c.vectors * 8 >= channels);
      CHECK((c.tiles - 1) * c.vectors * 8 < channels);
      CHECK(c.chunks * c.rows_per_block >= rows);
      CHECK((c.chunks - 1) * c.rows_per_block < rows);
      CHECK(c.blocks() <= 1024 + c.tiles);
    }
}

TEST_CASE("sums of columns, and what is added to columns") {
  for (const int64_t rows : {0, 1, 70, 2000}) {
    expect_sums_and_additions<float, 4>(rows, 100);
    expect_sums_and_additions<float, 1>(rows, 3);
    expect_sums_and_additions<bfloat16, 8>(rows, 320);
    expect_sums_and_additions<float16, 1>(rows, 45);
  }
}
