#include "engine/tensor_ops_cuda.cuh"

#include "engine/cuda/device.h"
#include "engine/cuda/device_elementwise.cuh"
#include "engine/tensor_ops.h"

namespace lienet::cuda {
namespace {

template <class F>
void for_any(DType t, F&& f) {
  switch (t) {
    case DType::f64:
      return f(double{});
    case DType::i64:
      return f(int64_t{});
    case DType::u8:
      return f(uint8_t{});
    default:
      return for_elements(t, f);
  }
}

void transpose(Context& ctx, const Tensor& src, Tensor& dst) {
  const bool to_nhwc = dst.layout() == Layout::nhwc;
  const int channels = static_cast<int>(src.dim(1));
  const int positions = static_cast<int>(src.dim(2) * src.dim(3));
  const auto from_to = [&]<class From, class To>(From, To) {
    run(ctx, Transpose<From, To>(elements<From>(src), elements<To>(dst), src.dim(0),
                                 to_nhwc ? channels : positions, to_nhwc ? positions : channels));
  };
  if (src.dtype() == DType::u8 && dst.dtype() == DType::u8) return from_to(uint8_t{}, uint8_t{});
  for_elements(src.dtype(), [&]<class From>(From from) {
    for_elements(dst.dtype(), [&]<class To>(To to) { from_to(from, to); });
  });
}

}  // namespace

void fill(Context& ctx, Tensor& t, double value) {
  for_any(t.dtype(), [&]<class T>(T) {
    T v;
    if constexpr (is_half<T>)
      v = T(static_cast<float>(value));
    else
      v = static_cast<T>(value);
    run(ctx, Fill<T>{elements<T>(t), t.size(), v});
  });
}

// A launch keeps its own copy of its arguments.
void store(Context& ctx, Tensor& t, std::span<const double> values) {
  const auto write = [&]<class T>(T) {
    Store<T> program{{}, static_cast<int>(values.size()), elements<T>(t)};
    std::copy(values.begin(), values.end(), program.values);
    run(ctx, 1, program);
  };
  t.dtype() == DType::i64 ? write(int64_t{}) : write(double{});
}

void copy(Context& ctx, const Tensor& src, Tensor& dst) {
  if (src.size() == 0) return;
  if (src.layout() != dst.layout()) return transpose(ctx, src, dst);
  if (src.dtype() == dst.dtype())
    return copy_bytes(ctx.stream(), src.raw(), dst.raw(), src.bytes());
  for_any(src.dtype(), [&]<class From>(From) {
    for_any(dst.dtype(), [&]<class To>(To) {
      if constexpr (!std::is_same_v<From, To>)
        run(ctx, Convert<From, To>{elements<From>(src), elements<To>(dst), src.size()});
    });
  });
}

void sum(Context& ctx, const Tensor& a, const Tensor& b, Tensor& out) {
  run_elementwise(ctx, Sum{}, {&a, &b}, out);
}

void complete(Context& ctx, const GradientParts& parts, Tensor& out) {
  const Tensor &a = parts.a, &b = parts.b, &y = parts.rectified;
  if (b)
    run_elementwise(ctx, SumWherePositive{}, {&a, &b, &y}, out);
  else
    run_elementwise(ctx, WherePositive{}, {&a, &y}, out);
}

namespace {

// Those of one type.
template <class T>
void count_of_type(Context& ctx, std::span<const Tensor> tensors, int64_t* counts) {
  std::vector<NonFinitePart<T>> parts;
  for (size_t i = 0; i < tensors.size(); ++i)
    if (const Tensor& t = tensors[i]; t.dtype() == dtype_of<T>)
      parts.push_back({elements<T>(t), counts + i, t.size()});
  run_on_parts(ctx, CountNonFinite<T>{}, parts.size(), [&](size_t i) { return parts[i]; });
}

}  // namespace

void count_non_finite(Context& ctx, std::span<const Tensor> tensors, Tensor& counts) {
  clear(ctx.stream(), counts.raw(), counts.bytes());
  int64_t* count = elements<int64_t>(counts);
  count_of_type<float>(ctx, tensors, count);
  count_of_type<double>(ctx, tensors, count);
  count_of_type<bfloat16>(ctx, tensors, count);
  count_of_type<float16>(ctx, tensors, count);
}

}  // namespace lienet::cuda
