#include "engine/tensor_ops.h"

#include "engine/dispatch.h"
#include "engine/transfer.h"

namespace lienet {

void fill(Context& ctx, Tensor& t, double value) {
  LIENET_WHERE_IT_LIES(ctx, t, fill)(ctx, t, value);
}

void store(Context& ctx, Tensor& t, std::initializer_list<double> values) {
  LIENET_CHECK(std::ssize(values) == t.size() && t.size() <= 16, "store of {} values to {}",
               values.size(), t.str());
  LIENET_WHERE_IT_LIES(ctx, t, store)(ctx, t, std::span(values.begin(), values.size()));
}

// Between memories bytes travel as they are, and are converted on the host.
void copy(Context& ctx, const Tensor& src, Tensor& dst) {
  if (src.shape() != dst.shape()) fail("copy of {} to {}: shapes differ", src.str(), dst.str());
  if (src.on_host() == dst.on_host()) return LIENET_WHERE_IT_LIES(ctx, dst, copy)(ctx, src, dst);
  if (dst.on_host()) return copy(ctx, to_host(ctx, src), dst);
  to_device(ctx, as_layout(ctx, as_type(ctx, src, dst.dtype()), dst.layout()), dst);
}

Tensor convert(Context& ctx, const Tensor& t, DType dtype, Layout layout) {
  Tensor result = ctx.empty_beside(t, t.shape(), dtype, layout);
  copy(ctx, t, result);
  return result;
}

Tensor clone(Context& ctx, const Tensor& t) {
  return convert(ctx, t, t.dtype(), t.layout());
}

Tensor as_type(Context& ctx, const Tensor& t, DType dtype) {
  return t.dtype() == dtype ? t : convert(ctx, t, dtype, t.layout());
}

Tensor as_layout(Context& ctx, const Tensor& t, Layout layout) {
  return t.layout() == layout ? t : convert(ctx, t, t.dtype(), layout);
}

Tensor as_plain(Context& ctx, const Tensor& t) {
  return as_layout(ctx, t, Layout::plain);
}

Tensor sum(Context& ctx, Tensor a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype())
    fail("sum of {} and {}: they differ", a.str(), b.str());
  const Tensor other = as_layout(ctx, b, a.layout());
  Tensor result = a.unique() ? a : ctx.empty_like(a);
  LIENET_WHERE_IT_LIES(ctx, a, sum)(ctx, a, other, result);
  return result;
}

Tensor result_for(Context& ctx, GradientParts& parts) {
  const Layout layout = parts.a.layout();
  for (Tensor* t : {&parts.b, &parts.rectified}) {
    if (!*t) continue;
    if (t->shape() != parts.a.shape() || t->dtype() != parts.a.dtype())
      fail("a gradient {} cannot go with {}", parts.a.str(), t->str());
    if (t->layout() != layout) *t = as_layout(ctx, *t, layout);
  }
  if (parts.a.unique()) return parts.a;
  return parts.b && parts.b.unique() ? parts.b : ctx.empty_like(parts.a);
}

Tensor complete(Context& ctx, GradientParts parts) {
  if (!parts.b && !parts.rectified) return std::move(parts.a);
  if (!parts.rectified) return sum(ctx, std::move(parts.a), parts.b);
  Tensor result = result_for(ctx, parts);
  LIENET_WHERE_IT_LIES(ctx, result, complete)(ctx, parts, result);
  return result;
}

Tensor count_non_finite(Context& ctx, std::span<const Tensor> tensors) {
  const Shape shape{std::ssize(tensors)};
  if (tensors.empty()) return ctx.empty_on_host(shape, DType::i64);
  Tensor counts = ctx.empty_beside(tensors[0], shape, DType::i64, Layout::plain);
  LIENET_WHERE_IT_LIES(ctx, counts, count_non_finite)(ctx, tensors, counts);
  return counts;
}

int64_t count_non_finite(Context& ctx, const Tensor& t) {
  return to_host(ctx, count_non_finite(ctx, std::span(&t, 1))).data<int64_t>()[0];
}

}  // namespace lienet
