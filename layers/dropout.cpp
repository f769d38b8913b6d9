#include "layers/dropout.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {
namespace {

void check_probability(double p) {
  if (!(p >= 0 && p < 1)) fail("dropout: p {}; expected 0 <= p < 1", p);
}

// Memory-bound, and the same on every host backend.
template <class T>
void multiply(const Tensor& a, const Tensor& b, Tensor& out) {
  const T *pa = a.data<T>(), *pb = b.data<T>();
  T* po = out.data<T>();
  const int64_t n = a.size();
#pragma omp parallel for simd schedule(static)
  for (int64_t i = 0; i < n; ++i) po[i] = pa[i] * pb[i];
}

Tensor product(Context& ctx, const Tensor& a, const Tensor& b) {
  Tensor out = ctx.empty_like(b);
  const Tensor same = as_layout(ctx, a, b.layout());
  for_floating(b.dtype(), [&]<class T>(T) { multiply<T>(same, b, out); });
  return out;
}

// Drawn in N,C,H,W order, then brought into x's layout.
Tensor draw_scale(Context& ctx, const Tensor& x, double p, uint32_t stream) {
  Tensor scale = ctx.empty(x.shape(), x.dtype());
  const Random random(ctx.random_key(RandomUse::dropout, stream));
  for_floating(x.dtype(), [&]<class T>(T) {
    T* s = scale.data<T>();
    const int64_t n = x.size();
    const T kept = static_cast<T>(1 / (1 - p));
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; ++i)
      s[i] = random.at(static_cast<uint64_t>(i)) * 0x1p-32 < p ? T(0) : kept;
  });
  return as_layout(ctx, scale, x.layout());
}

}  // namespace

Tensor dropout(Context& ctx, const Tensor& x, double p, uint32_t stream, DropoutSaved& saved) {
  check_probability(p);
  saved.scale = draw_scale(ctx, x, p, stream);
  return product(ctx, x, saved.scale);
}

void dropout_backward(Context& ctx, const DropoutSaved& s, const Tensor& dy,
                      std::span<GradSlot> d) {
  if (d[0]) d[0].give(ctx, product(ctx, dy, s.scale));
}

Value dropout(Tape& tape, const Value& x, double p) {
  check_probability(p);
  if (!tape.options().training || p == 0) return x;
  DropoutSaved saved;
  Tensor y = dropout(tape.context(), x.tensor(), p, tape.next_stream(), saved);
  return tape.record("dropout", {&x}, std::move(y), std::move(saved), dropout_backward);
}

}  // namespace lienet
