#include "engine/tensor_ops.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "engine/check.h"
#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"

namespace lienet {
namespace {

template <class F>
void for_any(DType t, F&& f) {
  switch (t) {
    case DType::f32:
      return f(float{});
    case DType::f64:
      return f(double{});
    case DType::bf16:
      return f(bfloat16{});
    case DType::i64:
      return f(int64_t{});
    case DType::u8:
      return f(uint8_t{});
  }
}

template <class To, class From>
To converted(From v) {
  if constexpr (std::is_same_v<To, bfloat16>)
    return bfloat16(static_cast<float>(v));
  else if constexpr (std::is_same_v<From, bfloat16>)
    return static_cast<To>(static_cast<float>(v));
  else
    return static_cast<To>(v);
}

// Where a row of a rank-4 map begins, and how far its elements are apart.
struct Rows {
  int64_t C, H, W, block;
  explicit Rows(const Tensor& t)
      : C(t.dim(1)), H(t.dim(2)), W(t.dim(3)), block(channel_block(t.layout())) {}
  int64_t begin(int64_t n, int64_t c, int64_t h) const {
    return ((n * (C / block) + c / block) * H + h) * W * block + c % block;
  }
};

template <class From, class To>
void copy_rows(const Tensor& src, Tensor& dst) {
  const From* s = src.data<From>();
  To* d = dst.data<To>();
  const Rows from(src), to(dst);
  const int64_t N = src.dim(0), W = from.W;
#pragma omp parallel for collapse(2) schedule(static)
  for (int64_t n = 0; n < N; ++n)
    for (int64_t h = 0; h < from.H; ++h)
      for (int64_t c = 0; c < from.C; ++c) {
        const From* a = s + from.begin(n, c, h);
        To* b = d + to.begin(n, c, h);
        for (int64_t w = 0; w < W; ++w) b[w * to.block] = converted<To>(a[w * from.block]);
      }
}

template <class From, class To>
LIENET_CLONES void convert(const From* x, int64_t n, To* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = converted<To>(x[i]);
}

template <class T>
[[gnu::always_inline]] inline T sum_of(T x, T y) {
  if constexpr (std::is_same_v<T, bfloat16>)
    return bfloat16(static_cast<float>(x) + static_cast<float>(y));
  else
    return static_cast<T>(x + y);
}

// z may be x or y.
template <class T>
LIENET_CLONES void add(const T* x, const T* y, int64_t n, T* z) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) z[i] = sum_of(x[i], y[i]);
}

// x where y > 0, else 0, without a branch: half of random signs would be mispredicted.
template <class T>
[[gnu::always_inline]] inline T where_positive(T x, T y) {
  using Bits = std::conditional_t<sizeof(T) == 2, uint16_t,
                                  std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>>;
  const bool positive = y > 0;
  return std::bit_cast<T>(static_cast<Bits>(std::bit_cast<Bits>(x) & -Bits{positive}));
}

// z may be a or b.
template <class T>
LIENET_CLONES void rectify(const T* a, const T* y, int64_t n, T* z) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) z[i] = where_positive(a[i], y[i]);
}
template <class T>
LIENET_CLONES void rectify_sum(const T* a, const T* b, const T* y, int64_t n, T* z) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) z[i] = where_positive(sum_of(a[i], b[i]), y[i]);
}

// What is not finite has every bit of its exponent set.
LIENET_CLONES int64_t non_finite(const float* p, int64_t n) {
  constexpr uint32_t exponent = 0x7f800000;
  int32_t count = 0;
  for (int64_t i = 0; i < n; ++i) count += (std::bit_cast<uint32_t>(p[i]) & exponent) == exponent;
  return count;
}

template <class T>
int64_t non_finite(const T* p, int64_t n) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) count += !std::isfinite(converted<double>(p[i]));
  return count;
}

}  // namespace

void fill(Context&, Tensor& t, double value) {
  for_any(t.dtype(), [&]<class T>(T) {
    T* p = t.data<T>();
    const int64_t n = t.size();
    const T v = converted<T>(value);
    for (int64_t i = 0; i < n; ++i) p[i] = v;
  });
}

void copy(Context&, const Tensor& src, Tensor& dst) {
  if (src.shape() != dst.shape()) fail("copy of {} to {}: shapes differ", src.str(), dst.str());
  if (src.dtype() == dst.dtype() && src.layout() == dst.layout()) {
    if (src.bytes()) std::memcpy(dst.raw(), src.raw(), src.bytes());
    return;
  }
  for_any(src.dtype(), [&]<class From>(From) {
    for_any(dst.dtype(), [&]<class To>(To) {
      if (src.layout() != dst.layout()) return copy_rows<From, To>(src, dst);
      const From* s = src.data<From>();
      To* d = dst.data<To>();
      cpu::for_each_range(src.size(),
                          [=](int64_t i, int64_t end) { convert(s + i, end - i, d + i); });
    });
  });
}

Tensor convert(Context& ctx, const Tensor& t, DType dtype, Layout layout) {
  Tensor result = ctx.empty(t.shape(), dtype, layout);
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
  for_any(a.dtype(), [&]<class T>(T) {
    const T* x = a.data<T>();
    const T* y = other.data<T>();
    T* z = result.data<T>();
    cpu::for_each_range(a.size(),
                        [=](int64_t i, int64_t end) { add(x + i, y + i, end - i, z + i); });
  });
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
  for_any(result.dtype(), [&]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) {
      const T *a = std::as_const(parts.a).data<T>(), *y = std::as_const(parts.rectified).data<T>();
      const T* b = parts.b ? std::as_const(parts.b).data<T>() : nullptr;
      T* z = result.data<T>();
      cpu::for_each_range(result.size(), [=](int64_t i, int64_t end) {
        b ? rectify_sum(a + i, b + i, y + i, end - i, z + i)
          : rectify(a + i, y + i, end - i, z + i);
      });
    }
  });
  return result;
}

int64_t count_non_finite(Context&, const Tensor& t) {
  int64_t count = 0;
  for_any(t.dtype(), [&]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) {
      const T* p = t.data<T>();
      std::atomic<int64_t> total = 0;
      cpu::for_each_range(t.size(), [&](int64_t i, int64_t end) {
        if (const int64_t found = non_finite(p + i, end - i)) total += found;
      });
      count = total;
    }
  });
  return count;
}

}  // namespace lienet
