#include "layers/global_avg_pool.h"

#include "engine/dispatch.h"

namespace lienet {
namespace {

// Calls f(index into [N,C], first element of its map, step between the map's elements). One loop
// serves every host backend: the work is one read of the map.
template <class F>
void for_each_map(const Shape& x, Layout layout, F f) {
  const int64_t C = x[1], n = x[2] * x[3], block = channel_block(layout);
#pragma omp parallel for schedule(static)
  for (int64_t m = 0; m < x[0] * C; ++m) {
    const int64_t c = m % C;
    f(m, (m - c + c / block * block) * n + c % block, block);
  }
}

}  // namespace

Tensor global_avg_pool(Context& ctx, const Tensor& x, GlobalAvgPoolSaved* saved) {
  if (x.shape().rank() != 4) fail("global_avg_pool: x {}; expected [N, C, H, W]", x.str());
  Tensor y = ctx.empty({x.dim(0), x.dim(1)}, sum_type(x.dtype()));
  const int64_t n = x.dim(2) * x.dim(3);
  for_activations(x.dtype(), [&]<class T, class Sum>(T, Sum) {
    const T* px = x.data<T>();
    Sum* py = y.data<Sum>();
    for_each_map(x.shape(), x.layout(), [=](int64_t m, int64_t begin, int64_t step) {
      double sum = 0;
      for (int64_t i = 0; i < n; ++i) sum += double(px[begin + i * step]);
      py[m] = static_cast<Sum>(sum / static_cast<double>(n));
    });
  });
  if (saved) *saved = {x.shape(), x.dtype(), x.layout()};
  return y;
}

void global_avg_pool_backward(Context& ctx, const GlobalAvgPoolSaved& s, const Tensor& dy,
                              std::span<GradSlot> d) {
  if (!d[0]) return;
  Tensor dx = ctx.empty(s.shape, s.dtype, s.layout);
  const int64_t n = s.shape[2] * s.shape[3];
  for_activations(s.dtype, [&]<class T, class Sum>(T, Sum) {
    const Sum* pdy = dy.data<Sum>();
    T* pdx = dx.data<T>();
    for_each_map(s.shape, s.layout, [=](int64_t m, int64_t begin, int64_t step) {
      const T part = T(pdy[m] / static_cast<Sum>(n));
      for (int64_t i = 0; i < n; ++i) pdx[begin + i * step] = part;
    });
  });
  d[0].give(ctx, std::move(dx));
}

Value global_avg_pool(Tape& tape, const Value& x) {
  GlobalAvgPoolSaved saved;
  Tensor y = global_avg_pool(tape.context(), x.tensor(), tape.records({&x}) ? &saved : nullptr);
  return tape.record("global_avg_pool", {&x}, std::move(y), saved, global_avg_pool_backward);
}

}  // namespace lienet
