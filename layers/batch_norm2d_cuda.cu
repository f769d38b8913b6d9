#include "layers/batch_norm2d_cuda.cuh"

#include "engine/cuda/device_block.cuh"
#include "engine/cuda/nhwc.h"
#include "layers/batch_norm2d.h"

namespace lienet::cuda {
namespace {

int64_t rows_of(const Tensor& x) {
  return x.dim(0) * x.dim(2) * x.dim(3);
}

// Passes that leave nothing to be combined may have many blocks.
constexpr int64_t many_blocks = 2048;

BatchNormChannels channels_of(const Tensor& g, const Tensor& b, const Tensor& mean,
                              const Tensor& r) {
  return {elements<float>(mean), elements<float>(r), elements<float>(g), elements<float>(b)};
}

// Calls f with whether, as a type.
template <class F>
void for_bool(bool value, F f) {
  value ? f(std::true_type{}) : f(std::false_type{});
}

}  // namespace

void batch_norm2d_statistics(Context& ctx, const Tensor& x, BatchNormState& state, Tensor& mean,
                             Tensor& r) {
  const Tensor in = as_nhwc(ctx, x);
  for_vectors(x.dtype(), x.dim(1), [&]<class T, class Width>(T, Width) {
    constexpr int width = Width::value;
    const Columns columns = columns_of(rows_of(x), x.dim(1), width);
    const Shape parts{columns.chunks, x.dim(1)};
    Tensor means = ctx.empty(parts, DType::f32), squares = ctx.empty(parts, DType::f32);
    run(ctx, columns.blocks(),
        BatchNormStatistics<T, width>{columns, elements<T>(in), elements<float>(means),
                                      elements<float>(squares)});
    run(ctx,
        BatchNormTake{elements<float>(means), elements<float>(squares), columns.rows,
                      columns.rows_per_block, columns.chunks, columns.channels, state.momentum,
                      state.eps, elements<float>(mean), elements<float>(r),
                      elements<float>(state.running_mean), elements<float>(state.running_var)});
  });
}

void batch_norm2d_scale(Context& ctx, const Tensor& var, double eps, Tensor& r) {
  run(ctx,
      BatchNormScale{elements<float>(var), eps, elements<float>(r), static_cast<int>(var.size())});
}

void batch_norm2d(Context& ctx, const Tensor& x, const Tensor& g, const Tensor& b,
                  const Tensor& mean, const Tensor& r, bool relu, Tensor& y) {
  if (x.size() == 0) return;
  const Tensor in = as_nhwc(ctx, x);
  write_nhwc(ctx, y, [&](Tensor& out) {
    for_vectors(x.dtype(), x.dim(1), [&]<class T, class Width>(T, Width) {
      for_bool(relu, [&]<class Relu>(Relu) {
        constexpr int width = Width::value;
        const Columns columns = columns_of(rows_of(x), x.dim(1), width, many_blocks);
        run(ctx, columns.blocks(),
            BatchNorm<T, width, Relu::value>{columns, channels_of(g, b, mean, r), elements<T>(in),
                                             elements<T>(out)});
      });
    });
  });
}

void batch_norm2d_sums(Context& ctx, const BatchNormSaved& s, const Tensor& dy, Tensor& dg,
                       Tensor& db) {
  const Tensor x = as_nhwc(ctx, s.x), d = as_nhwc(ctx, dy);
  for_vectors(x.dtype(), x.dim(1), [&]<class T, class Width>(T, Width) {
    for_bool(s.relu, [&]<class Relu>(Relu) {
      constexpr int width = Width::value;
      const Columns columns = columns_of(rows_of(x), x.dim(1), width);
      const Shape parts{columns.chunks, x.dim(1)};
      Tensor sums = ctx.empty(parts, DType::f32), products = ctx.empty(parts, DType::f32);
      run(ctx, columns.blocks(),
          BatchNormSums<T, width, Relu::value>{columns, channels_of(s.g, s.b, s.mean, s.r),
                                               elements<T>(x), elements<T>(d),
                                               elements<float>(sums), elements<float>(products)});
      run(ctx,
          ColumnTotals<2>{{{elements<float>(sums), nullptr, elements<float>(db)},
                           {elements<float>(products), elements<float>(s.r), elements<float>(dg)}},
                          columns.chunks,
                          columns.channels});
    });
  });
}

void batch_norm2d_backward(Context& ctx, const BatchNormSaved& s, const Tensor& dy,
                           const Tensor& dg, const Tensor& db, Tensor& dx) {
  if (dy.size() == 0) return;
  const Tensor x = as_nhwc(ctx, s.x), d = as_nhwc(ctx, dy);
  write_nhwc(ctx, dx, [&](Tensor& out) {
    for_vectors(x.dtype(), x.dim(1), [&]<class T, class Width>(T, Width) {
      for_bool(s.relu, [&]<class Relu>(Relu) {
        constexpr int width = Width::value;
        const Columns columns = columns_of(rows_of(x), x.dim(1), width, many_blocks);
        run(ctx, columns.blocks(),
            BatchNormBackward<T, width, Relu::value>{columns, channels_of(s.g, s.b, s.mean, s.r),
                                                     s.training ? elements<float>(dg) : nullptr,
                                                     elements<float>(db), elements<T>(x),
                                                     elements<T>(d), elements<T>(out)});
      });
    });
  });
}

}  // namespace lienet::cuda
