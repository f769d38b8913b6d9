#include "engine/tensor_ops_cuda.cuh"

#include "engine/cuda/device.h"
#include "engine/cuda/device_block.cuh"
#include "engine/cuda/elementwise.h"
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

template <class T, int inputs, class Op>
void run_elementwise(Context& ctx, Op op, const Tensor* const (&in)[inputs], Tensor& out) {
  Elementwise<T, inputs, Op> program{op, {}, elements<T>(out), out.size()};
  for (int k = 0; k < inputs; ++k) program.in[k] = elements<T>(*in[k]);
  run(ctx, program);
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
  for_elements(out.dtype(), [&]<class T>(T) { run_elementwise<T>(ctx, Sum{}, {&a, &b}, out); });
}

void complete(Context& ctx, const GradientParts& parts, Tensor& out) {
  const Tensor &a = parts.a, &b = parts.b, &y = parts.rectified;
  for_elements(out.dtype(), [&]<class T>(T) {
    if (b)
      run_elementwise<T>(ctx, SumWherePositive{}, {&a, &b, &y}, out);
    else
      run_elementwise<T>(ctx, WherePositive{}, {&a, &y}, out);
  });
}

namespace {

// Those of one type, as many at a time as a launch takes.
template <class T>
void count_of_type(Context& ctx, std::span<const Tensor> tensors, int64_t* counts) {
  CountNonFinite<T> program;
  for (const Tensor& t : tensors) {
    int64_t* count = counts++;
    if (t.dtype() != dtype_of<T>) continue;
    const NonFinitePart<T> part{elements<T>(t), count, t.size()};
    if (program.parts.add(part)) continue;
    run(ctx, program.parts.blocks(), program);
    program.parts.count = 0;
    program.parts.add(part);
  }
  run(ctx, program.parts.blocks(), program);
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
