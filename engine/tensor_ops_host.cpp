#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "engine/check.h"
#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"
#include "engine/tensor_ops.h"

namespace lienet::host {
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
    case DType::f16:
      return f(float16{});
    case DType::i64:
      return f(int64_t{});
    case DType::u8:
      return f(uint8_t{});
  }
}

template <class T>
constexpr bool is_narrow = std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>;

template <class To, class From>
To converted(From v) {
  if constexpr (is_narrow<To> || is_narrow<From>)
    return static_cast<To>(static_cast<float>(v));
  else
    return static_cast<To>(v);
}

// Where a row of a rank-4 map begins, and how far its elements are apart.
struct Rows {
  int64_t C, H, W, block;
  explicit Rows(const Tensor& t)
      : C(t.dim(1)), H(t.dim(2)), W(t.dim(3)), block(channel_block(t.layout(), t.dim(1))) {}
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
  if constexpr (is_narrow<T>)
    return T(static_cast<float>(x) + static_cast<float>(y));
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

void store(Context&, Tensor& t, std::span<const double> values) {
  for_any(t.dtype(), [&]<class T>(T) {
    T* p = t.data<T>();
    for (const double v : values) *p++ = converted<T>(v);
  });
}

void copy(Context&, const Tensor& src, Tensor& dst) {
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

void sum(Context&, const Tensor& a, const Tensor& b, Tensor& out) {
  for_any(a.dtype(), [&]<class T>(T) {
    const T *x = a.data<T>(), *y = b.data<T>();
    T* z = out.data<T>();
    cpu::for_each_range(a.size(),
                        [=](int64_t i, int64_t end) { add(x + i, y + i, end - i, z + i); });
  });
}

void complete(Context&, const GradientParts& parts, Tensor& out) {
  for_any(out.dtype(), [&]<class T>(T) {
    if constexpr (!std::is_integral_v<T>) {
      const T *a = parts.a.data<T>(), *y = parts.rectified.data<T>();
      const T* b = parts.b ? parts.b.data<T>() : nullptr;
      T* z = out.data<T>();
      cpu::for_each_range(out.size(), [=](int64_t i, int64_t end) {
        b ? rectify_sum(a + i, b + i, y + i, end - i, z + i)
          : rectify(a + i, y + i, end - i, z + i);
      });
    }
  });
}

void count_non_finite(Context&, std::span<const Tensor> tensors, Tensor& counts) {
  int64_t* count = counts.data<int64_t>();
  for (const Tensor& t : tensors)
    for_any(t.dtype(), [&]<class T>(T) {
      std::atomic<int64_t> total = 0;
      if constexpr (!std::is_integral_v<T>) {
        const T* p = t.data<T>();
        cpu::for_each_range(t.size(), [&](int64_t i, int64_t end) {
          if (const int64_t found = non_finite(p + i, end - i)) total += found;
        });
      }
      *count++ = total;
    });
}

}  // namespace lienet::host
