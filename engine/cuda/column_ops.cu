#include "engine/cuda/column_ops.h"

#include "engine/cuda/columns.h"
#include "engine/cuda/device_block.cuh"
#include "engine/cuda/nhwc.h"

namespace lienet::cuda {

void column_sums(Context& ctx, const Tensor& x, int64_t rows, int64_t columns, Tensor& sums) {
  if (columns == 0) return;
  for_vectors(x.dtype(), columns, [&]<class T, class Width>(T, Width) {
    const Columns c = columns_of(rows, columns, Width::value);
    Tensor parts = ctx.empty({c.chunks, columns}, DType::f32);
    run(ctx, c.blocks(), ColumnSums<T, Width::value>{c, elements<T>(x), elements<float>(parts)});
    run(ctx, ColumnTotals<1>{
                 {{elements<float>(parts), nullptr, elements<float>(sums)}}, c.chunks, c.channels});
  });
}

void add_to_columns(Context& ctx, const Tensor& b, int64_t rows, int64_t columns, Tensor& y) {
  if (columns == 0) return;
  for_vectors(y.dtype(), columns, [&]<class T, class Width>(T, Width) {
    const Columns c = columns_of(rows, columns, Width::value);
    run(ctx, c.blocks(), AddToColumns<T, Width::value>{c, elements<float>(b), elements<T>(y)});
  });
}

}  // namespace lienet::cuda
